/** What the instance metadata service says of the instance we run on (IMDSv2 only). */
export interface Imds {
  instanceId(options: { signal: AbortSignal }): Promise<string>;
  region(options: { signal: AbortSignal }): Promise<string>;
  availabilityZone(options: { signal: AbortSignal }): Promise<string>;
}
