import assert from "node:assert/strict";
import type { GroupView } from "../../../core/cluster/view.ts";
import { whereIs } from "../../../core/explain/where.ts";

const NOW = Date.parse("2026-01-01T14:15:05.000Z");

function group(more: Partial<GroupView>): GroupView {
  const register = { epoch: 4, holder: null, won: false, released: false };
  return { name: "web", carrier: null, known: true, lastKnown: null, register, ...more } as GroupView;
}

Deno.test("where: nowhere is only said by who can know it", () => {
  assert.equal(whereIs(group({ carrier: "server1" }), NOW), "on server1");
  assert.equal(whereIs(group({}), NOW), "nowhere");
  assert.equal(
    whereIs(group({ known: false, lastKnown: { server: "server2", agoMs: 90_000 } }), NOW),
    "not known here; last known: server2 until 14:13:35 UTC",
  );
  const register = { epoch: 4, holder: "server2", won: true, released: false };
  assert.equal(whereIs(group({ known: false, register }), NOW), "not known here; server2 had it last");
  assert.equal(whereIs(group({ known: false, register: { ...register, released: true } }), NOW), "not known here");
});
