import { main } from "./core/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
