/**
 * `@std/cli`, as the npm registry has it.
 *
 * The registry everybody reaches carries the standard library only as the untyped `deno-std`; the declaration beside
 * this file gives the one function we use its types back. Where JSR is reachable, `deno.json` may point `@std/cli` at
 * `jsr:@std/cli` instead and this folder goes away.
 *
 * @module
 */
// @ts-types="./parse_args.d.ts"
export * from "deno-std/cli/parse_args.js";
