import { filtered, walkFilters } from "../api/filter-walk.ts";
import { isOfEvents } from "../api/route-budgets.ts";

walkFilters(filtered.filter(isOfEvents));
