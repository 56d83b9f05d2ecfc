/** Which answers count: those of the server that was asked, with the word that it gave for this question. */
import assert from "node:assert/strict";
import { Exchange } from "../../../../core/agent/apply/exchange.ts";
import { type ExchangePacket, packExchange, unpackExchange } from "../../../../core/agent/apply/exchange_packet.ts";
import { OutgoingParcel } from "../../../../core/agent/apply/parcel.ts";
import { eventually } from "../helpers.ts";
import { KeyRing } from "../../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const WORD = "the word of server2";

/** server1, which asks; the other servers are written by hand. */
function asker() {
  const sent: ExchangePacket[] = [];
  const exchange = new Exchange({
    cluster: "c",
    me: "server1",
    keys: new KeyRing([KEY]),
    peers: new Set(["server2", "server3"]),
    post: (server, bytes) => sent.push(unpackExchange(KEY, "c", server, bytes) as ExchangePacket),
    answer: () => assert.fail("nobody asks it"),
    onTrouble: (text) => assert.fail(text),
  });
  const hear = (packet: ExchangePacket) => exchange.receive(packExchange(KEY, packet), KEY);
  const answer = (from: string, id: string, token: string, content: unknown) => {
    const head = { cluster: "c", from, to: "server1", id, kind: "part", of: "answer", token } as const;
    const parcel = new OutgoingParcel({ ok: true, answer: content });
    for (const part of parcel.due()) hear({ ...head, count: parcel.count, ...part });
  };
  return { exchange, sent, hear, answer };
}

Deno.test("exchange: only the server that was asked answers, and only with the word it gave for the question", async () => {
  const { exchange, sent, hear, answer } = asker();
  try {
    const asked = exchange.ask("server2", "?", AbortSignal.timeout(5_000));
    await eventually("the question is announced", () => sent.some(({ kind }) => kind === "hello"));
    const { id } = sent[0]!;
    const welcome = { cluster: "c", to: "server1", id, kind: "welcome" } as const;
    hear({ ...welcome, from: "server3", token: "the word of server3" });
    answer("server2", id, "before its word", "too early");
    hear({ ...welcome, from: "server2", token: WORD });
    hear({ ...welcome, from: "server2", token: "a second word" });
    answer("server3", id, WORD, "of another server");
    answer("server2", id, "another word", "with another word");
    answer("server2", id, WORD, "right");
    assert.equal(await asked, "right");
    const words = sent.flatMap((packet) => packet.kind === "part" ? [packet.token] : []);
    assert.deepEqual([...new Set(words)], [WORD], "the question was sent under a word that does not count");
  } finally {
    await exchange.close();
  }
});

Deno.test("exchange: an answer to a question that is over is acknowledged, so that it is not sent again, and ignored", async () => {
  const { exchange, sent, answer } = asker();
  try {
    answer("server2", "a question that is over", WORD, "late");
    assert.deepEqual(sent.map(({ kind, to }) => [kind, to]), [["got", "server2"]]);
  } finally {
    await exchange.close();
  }
});
