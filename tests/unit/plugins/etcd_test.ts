import assert from "node:assert/strict";
import { parseOptions } from "../../../core/plugin/option_values.ts";
import { noAnswer, notSent, refusal } from "../../../plugins/etcd_fault.ts";
import etcd, { type EtcdOptions } from "../../../plugins/quorum/etcd.ts";

const WHERE = "http://etcd1:2379";

function answer(status: number, code: number, message: string) {
  return { status, text: JSON.stringify({ error: message, message, code }) };
}

Deno.test("a refusal says who may do what about it", () => {
  const cases: [ReturnType<typeof answer>, { uncertain?: boolean; token?: boolean; elsewhere?: boolean }, RegExp][] = [
    [answer(401, 16, "etcdserver: invalid auth token"), { token: true }, /passwordFile/],
    [answer(400, 3, "etcdserver: revision of auth store is old"), { token: true }, /passwordFile/],
    [answer(400, 3, "etcdserver: user name is empty"), {}, /set user/],
    [answer(400, 3, "etcdserver: authentication failed, invalid user ID or password"), {}, /password/],
    [answer(403, 7, "etcdserver: permission denied"), {}, /role/],
    [answer(412, 9, "etcdserver: authentication is not enabled"), { uncertain: false }, /remove user/],
    [answer(429, 8, "etcdserver: mvcc: database space exceeded"), {}, /alarm/],
    [answer(503, 14, "etcdserver: leader changed"), { elsewhere: true }, /majority/],
    [answer(504, 4, "context deadline exceeded"), { elsewhere: true }, /majority/],
    [{ status: 502, text: "<html>bad gateway" }, { elsewhere: true }, /majority/],
    [{ status: 404, text: "404 page not found\n" }, { uncertain: false }, /JSON gateway/],
    [{ status: 400, text: "" }, {}, /etcd 3\.4/],
  ];
  for (const [said, { uncertain = true, token = false, elsewhere = false }, remedy] of cases) {
    const fault = refusal(WHERE, "the write of /baton/c/g", said);
    assert.deepEqual([fault.uncertain, fault.token, fault.elsewhere], [uncertain, token, elsewhere], fault.message);
    assert.match(fault.remedy, remedy);
    assert.match(fault.message, /^the write of \/baton\/c\/g was refused by http:\/\/etcd1:2379: .+ \(HTTP \d+/);
  }
});

Deno.test("a refusal of any length is one short line", () => {
  const fault = refusal(WHERE, "the read", { status: 500, text: `${"x".repeat(5_000)}\n${"y".repeat(5_000)}` });
  assert.ok(fault.message.length < 400 && !fault.message.includes("\n"));
});

Deno.test("only what can't have been sent may be tried elsewhere by a write", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const reset = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
  assert.deepEqual([notSent(refused), notSent(reset), notSent(new Error("the answer broke off"))], [
    true,
    false,
    false,
  ]);
  assert.equal(notSent(refusal(WHERE, "the write", answer(503, 14, "etcdserver: leader changed"))), false);
  for (const error of [refused, reset, new DOMException("no answer within 5 ms", "TimeoutError")]) {
    const fault = noAnswer(WHERE, "the write", error);
    assert.ok(fault.uncertain && fault.message.includes(WHERE));
  }
});

Deno.test("options that can't work are refused without asking anybody", () => {
  const problems = (written: Record<string, unknown>) => {
    const { values, problems } = parseOptions(etcd.options, written, { baseDir: "/etc/baton" });
    assert.deepEqual(problems, []);
    return etcd.validate!(values as unknown as EtcdOptions);
  };
  const endpoints = ["https://etcd1:2379", "https://[fd00::1]:2379/"];
  assert.deepEqual(problems({ endpoints }), []);
  assert.deepEqual(problems({ endpoints: ["http://127.0.0.1:2379"], user: "u", passwordFile: "p" }), []);
  assert.deepEqual(problems({ endpoints, caFile: "ca", certFile: "c", keyFile: "k" }), []);
  for (
    const bad of ["etcd1:2379", "etcd1", "ftp://etcd1:2379", "http://u:p@etcd1:2379", "http://etcd1/v3", "http://e?x=1"]
  ) {
    assert.match(problems({ endpoints: [bad] })[0] ?? "", /write http:\/\/host:port/, bad);
  }
  assert.match(problems({ endpoints, user: "u" })[0] ?? "", /user and passwordFile belong together/);
  assert.match(problems({ endpoints, keyFile: "k" })[0] ?? "", /certFile and keyFile belong together/);
  assert.match(problems({ endpoints: ["http://e:1"], caFile: "ca" })[0] ?? "", /write https/);
});
