import { holdBudgets, isOfEvents } from "../api/route-budgets.ts";
import { operations } from "../api/world.ts";

holdBudgets(operations.filter(isOfEvents));
