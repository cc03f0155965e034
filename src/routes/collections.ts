import { z } from "@hono/zod-openapi";
import { CollectionView, collectionView } from "../wire/prefect/collections.ts";
import { text } from "../wire/prefect/model.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

export const collectionEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "get",
      path: "/collections/views/{view}",
      summary: "Read a view of the registry of collections",
      tags: ["Collections"],
      params: z.object({ view: text() }),
      responses: { 200: CollectionView },
    },
    async (_tenant, { params }) => ({ status: 200, body: collectionView(params.view) }),
  ),
];
