import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Exchange } from "../../../../core/agent/apply/exchange.ts";
import { OutgoingParcel } from "../../../../core/agent/apply/parcel.ts";
import { isExchange, packExchange, unpackExchange } from "../../../../core/agent/apply/exchange_packet.ts";
import { KeyRing } from "../../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));

interface Wire {
  /** Whether a packet arrives, and how often. */
  copies(packet: Uint8Array): number;
}

/** Two servers with a wire that may lose and repeat packets. */
async function between(
  wire: Wire,
  answer: (from: string, question: unknown) => Promise<unknown>,
  work: (asking: Exchange, asked: Exchange, sent: Uint8Array[], troubles: string[]) => Promise<void>,
  otherKey = KEY,
): Promise<void> {
  const sent: Uint8Array[] = [];
  const troubles: string[] = [];
  const ends: Record<string, Exchange> = {};
  const make = (me: string, peer: string, key: Uint8Array) =>
    new Exchange({
      cluster: "c",
      me,
      keys: new KeyRing([key]),
      peers: new Set([peer]),
      post: (server, packet) => {
        if (me === "server1") sent.push(packet);
        for (let copy = wire.copies(packet); copy > 0; copy--) {
          queueMicrotask(() => ends[server]!.receive(packet, server === "server2" ? otherKey : KEY));
        }
      },
      answer,
      onTrouble: (text) => troubles.push(text),
    });
  const one = ends.server1 = make("server1", "server2", KEY);
  const two = ends.server2 = make("server2", "server1", otherKey);
  try {
    await work(one, two, sent, troubles);
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
}

const soon = () => AbortSignal.timeout(10_000);

Deno.test("exchange: a question of any size gets its answer, and is handled once, over a wire that loses and repeats", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ maxLength: 20_000 }),
      fc.infiniteStream(fc.constantFrom(1, 1, 1, 1, 0, 2)),
      async (text, copies) => {
        let handled = 0;
        await between({ copies: () => copies.next().value! }, (from, question) => {
          handled++;
          return Promise.resolve({ from, question });
        }, async (one) => {
          assert.deepEqual(await one.ask("server2", { text }, soon()), { from: "server1", question: { text } });
        });
        assert.equal(handled, 1);
      },
    ),
    { numRuns: 10 },
  );
});

Deno.test("exchange: 256 KiB that can't be deflated pass; what is larger than a megabyte is refused before it is sent", () =>
  between({ copies: () => 1 }, (_from, question) => Promise.resolve(question), async (one) => {
    const random = Array.from(crypto.getRandomValues(new Uint8Array(60_000)), (byte) => byte.toString(16)).join("");
    assert.equal(await one.ask("server2", random, soon()), random);
    await assert.rejects(one.ask("server2", "x".repeat(1024 * 1024 + 1), soon()), RangeError);
  }));

Deno.test("exchange: a refusal is told to who asked; who is not there is not waited for longer than the signal lasts", async () => {
  await between({ copies: () => 1 }, () => Promise.reject(new Error("not now")), async (one) => {
    await assert.rejects(one.ask("server2", "?", soon()), { message: "not now" });
  });
  await between({ copies: () => 0 }, () => Promise.resolve(1), async (one) => {
    await assert.rejects(one.ask("server2", "?", AbortSignal.timeout(300)), { name: "TimeoutError" });
  });
});

Deno.test("exchange: packets that were recorded ask nothing a second time, also not of the next life of a server", async () => {
  let handled = 0;
  const answer = () => Promise.resolve(++handled);
  let recorded: Uint8Array[] = [];
  await between({ copies: () => 1 }, answer, async (one, two, sent) => {
    await one.ask("server2", "once", soon());
    recorded = [...sent];
    for (const packet of recorded) two.receive(packet, KEY);
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  assert.equal(handled, 1);
  await between({ copies: () => 1 }, answer, async (_one, two) => {
    for (const packet of recorded) two.receive(packet, KEY);
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  assert.equal(handled, 1);
});

Deno.test("exchange: recorded announcements, any number of them, block no question", async () => {
  const hellos = Array.from(
    { length: 200 },
    (_, index) =>
      packExchange(KEY, { cluster: "c", from: "server1", to: "server2", id: `recorded ${index}`, kind: "hello" }),
  );
  await between({ copies: () => 1 }, (_from, question) => Promise.resolve(question), async (one, two) => {
    for (const hello of hellos) two.receive(hello, KEY);
    assert.equal(await one.ask("server2", "still there?", AbortSignal.timeout(2_000)), "still there?");
  });
});

Deno.test("exchange: questions that are over, any number of them, block no further one", () =>
  between({ copies: () => 1 }, (_from, question) => Promise.resolve(question), async (one) => {
    for (let count = 0; count < 40; count++) assert.equal(await one.ask("server2", count, soon()), count);
  }));

Deno.test("exchange: a question is handled once for as long as its word is good, and its word is not good for ever", async () => {
  let nowMs = 0;
  let handled = 0;
  const posted: Uint8Array[] = [];
  const two = new Exchange({
    cluster: "c",
    me: "server2",
    keys: new KeyRing([KEY]),
    peers: new Set(["server1"]),
    post: (_server, packet) => posted.push(packet),
    answer: () => Promise.resolve(++handled),
    onTrouble: (text) => assert.fail(text),
  }, () => nowMs);
  const head = { cluster: "c", from: "server1", to: "server2", id: "recorded" };
  const word = () => {
    two.receive(packExchange(KEY, { ...head, kind: "hello" }), KEY);
    const welcome = unpackExchange(KEY, "c", "server1", posted.at(-1)!);
    assert.ok(typeof welcome === "object" && welcome.kind === "welcome");
    return welcome.token;
  };
  const [part] = new OutgoingParcel("?").due();
  const ask = async (token: string) => {
    two.receive(packExchange(KEY, { ...head, kind: "part", of: "question", token, count: 1, ...part! }), KEY);
    await new Promise((resolve) => setTimeout(resolve, 150));
  };
  try {
    const first = word();
    for (; nowMs < 600_000; nowMs += 30_000) await ask(first);
    assert.equal(handled, 1);
    await ask(word());
    assert.equal(handled, 2, "a new word is a new question");
  } finally {
    await two.close();
  }
});

Deno.test("exchange: without the key nothing is asked, and it is said", () =>
  between({ copies: () => 1 }, () => assert.fail("it was handled"), async (one, _two, _sent, troubles) => {
    await assert.rejects(one.ask("server2", "?", AbortSignal.timeout(300)), { name: "TimeoutError" });
    assert.match(troubles[0] ?? "", /its sender does not have the key of this cluster/);
  }, new TextEncoder().encode("z".repeat(64))));

Deno.test("exchange: whatever is changed in a packet, it is refused", () => {
  const packet = packExchange(KEY, { cluster: "c", from: "server1", to: "server2", id: "12345678", kind: "hello" });
  assert.ok(isExchange(packet));
  assert.equal((unpackExchange(KEY, "c", "server2", packet) as { kind: string }).kind, "hello");
  assert.match(unpackExchange(KEY, "d", "server2", packet) as string, /for the cluster c/);
  assert.match(unpackExchange(KEY, "c", "server3", packet) as string, /for server2/);
  for (let at = 4; at < packet.length; at++) {
    const changed = Uint8Array.from(packet);
    changed[at]! ^= 1;
    assert.equal(typeof unpackExchange(KEY, "c", "server2", changed), "string", `byte ${at}`);
  }
});
