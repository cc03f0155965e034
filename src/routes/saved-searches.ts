import { z } from "@hono/zod-openapi";
import { deleteSavedSearch, listSavedSearches, readSavedSearch, saveSearch } from "../services/saved-searches/saved-searches.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import { PageBody, pageOf } from "../wire/prefect/paging.ts";
import { SavedSearch, SavedSearchCreate, savedSearchToWire } from "../wire/prefect/saved-searches.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["SavedSearches"];

export const savedSearchEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "put",
      path: "/saved_searches/",
      summary: "Save a search, or replace the one of that name",
      tags,
      body: { model: SavedSearchCreate },
      responses: { 200: SavedSearch, 201: SavedSearch },
    },
    async (tenant, { body }) => {
      const { search, created } = await saveSearch(tenant, body);
      return { status: created ? 201 : 200, body: savedSearchToWire(search) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/saved_searches/filter",
      summary: "List saved searches",
      tags,
      body: { keys: PageBody },
      responses: { 200: z.array(SavedSearch) },
    },
    async (tenant, { body }) => ({ status: 200, body: (await listSavedSearches(tenant, pageOf(body))).map(savedSearchToWire) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/saved_searches/{id}",
      summary: "Read a saved search",
      tags,
      params: paramsById,
      responses: { 200: SavedSearch },
    },
    async (tenant, { params }) => ({ status: 200, body: savedSearchToWire(await readSavedSearch(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "delete",
      path: "/saved_searches/{id}",
      summary: "Delete a saved search",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteSavedSearch(tenant, params.id);
      return { status: 204 };
    },
  ),
];
