/**
 * Waits for all works, and only then throws the first of their failures: unlike `Promise.all`, nothing goes on behind the
 * back of who has heard of the failure. An address that arrives after its deactivation would stay.
 */
export async function together<Works extends readonly unknown[]>(
  works: readonly [...{ [Index in keyof Works]: Promise<Works[Index]> }],
): Promise<Works> {
  const ends = await Promise.allSettled(works);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return ends.map((end) => (end as PromiseFulfilledResult<unknown>).value) as unknown as Works;
}
