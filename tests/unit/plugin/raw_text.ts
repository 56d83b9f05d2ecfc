/** Anything that is more than a sign: what moves the cursor, rings, or turns the direction of writing. */
// deno-lint-ignore no-control-regex
export const RAW = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
