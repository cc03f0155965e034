import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { deleteArtifact, updateArtifact } from "../services/artifacts/change-artifact.ts";
import { createArtifact } from "../services/artifacts/create-artifact.ts";
import {
  countArtifacts,
  countLatestArtifacts,
  filterArtifacts,
  filterLatestArtifacts,
  readArtifact,
  readLatestArtifact,
} from "../services/artifacts/read-artifacts.ts";
import {
  Artifact,
  ArtifactCollection,
  ArtifactCreate,
  ArtifactsCountBody,
  ArtifactsFilterBody,
  ArtifactUpdate,
  artifactToWire,
  collectionToWire,
  LatestArtifactsCountBody,
  LatestArtifactsFilterBody,
  newArtifact,
} from "../wire/prefect/artifacts.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Artifacts"];

export const artifactEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/artifacts/",
      summary: "Create an artifact",
      tags,
      body: { model: ArtifactCreate },
      responses: { 201: Artifact },
    },
    async (tenant, { body }) => ({ status: 201, body: artifactToWire(await createArtifact(tenant, newArtifact(body))) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/artifacts/filter",
      summary: "List artifacts",
      tags,
      body: { keys: ArtifactsFilterBody },
      responses: { 200: z.array(Artifact) },
    },
    async (tenant, { body: { sort, ...body } }) => {
      const artifacts = await filterArtifacts(tenant, neutral(body), sort, pageOf(body));
      return { status: 200, body: artifacts.map(artifactToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/artifacts/count",
      summary: "Count artifacts",
      tags,
      body: { keys: ArtifactsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countArtifacts(tenant, neutral(body)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/artifacts/latest/filter",
      summary: "List the newest artifacts of their keys",
      tags,
      body: { keys: LatestArtifactsFilterBody },
      responses: { 200: z.array(ArtifactCollection) },
    },
    async (tenant, { body: { sort, ...body } }) => {
      const collections = await filterLatestArtifacts(tenant, neutral(body), sort, pageOf(body));
      return { status: 200, body: collections.map(collectionToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/artifacts/latest/count",
      summary: "Count the newest artifacts of their keys",
      tags,
      body: { keys: LatestArtifactsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countLatestArtifacts(tenant, neutral(body)) }),
  ),
  endpoint(
    { method: "get", path: "/artifacts/{id}", summary: "Read an artifact", tags, params: paramsById, responses: { 200: Artifact } },
    async (tenant, { params }) => ({ status: 200, body: artifactToWire(await readArtifact(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/artifacts/{key}/latest",
      summary: "Read the newest artifact of a key",
      tags,
      params: z.object({ key: text() }),
      responses: { 200: Artifact },
    },
    async (tenant, { params }) => ({ status: 200, body: artifactToWire(await readLatestArtifact(tenant, params.key)) }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/artifacts/{id}",
      summary: "Change an artifact",
      tags,
      params: paramsById,
      body: { model: ArtifactUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body: { data, description, metadata_ } }) => {
      await updateArtifact(tenant, params.id, present({ data, description, metadata: metadata_ }));
      return { status: 204 };
    },
  ),
  endpoint(
    { method: "delete", path: "/artifacts/{id}", summary: "Delete an artifact", tags, params: paramsById, responses: { 204: null } },
    async (tenant, { params }) => {
      await deleteArtifact(tenant, params.id);
      return { status: 204 };
    },
  ),
];
