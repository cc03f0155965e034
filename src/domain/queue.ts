/** What a legacy, tag-matching work queue takes: runs with all of `tags`, of one of `deploymentIds` when given. */
export interface QueueFilter {
  tags: string[] | null;
  deploymentIds: string[] | null;
}
