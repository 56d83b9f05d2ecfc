/**
 * Names of buckets. They are unique among all customers of AWS, so a name that nobody has needs more than the name of the
 * cluster.
 *
 * @module
 */

const NAME = /^(?!xn--|sthree-)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A name for the bucket of a cluster's witness. */
export function newBucketName(cluster: string): string {
  const word = cluster.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);
  const unique = crypto.getRandomValues(new Uint8Array(5)).toHex();
  return ["baton", ...(word === "" ? [] : [word]), unique].join("-");
}

/** What is wrong with a name, a sentence; undefined: nothing. */
export function bucketNameProblem(name: string): string | undefined {
  return NAME.test(name)
    ? undefined
    : "a bucket has 3 to 63 lower case letters, digits, dots and dashes, a letter or digit first and last";
}
