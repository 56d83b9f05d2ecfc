/** A file with another vote: everything else stays as it was written. */
import assert from "node:assert/strict";
import { withVote, witnessLines } from "../../../core/config/vote_text.ts";

const VOTE = witnessLines({ name: "witness", bucket: "mine", region: "eu-west-1" });
const ENTRY = "quorum:\n  witness: { type: s3, bucket: mine, region: eu-west-1 }\n";

const BEFORE = `# The cluster.
cluster: c # of mine

# Both sides may reach it:
# beware.
quorum:
  nat: { type: ping, addresses: [10.0.0.9] } # the NAT
  gw:
    type: tcp
    host: "#1"

# Who goes on.
survivor: server1
tieBreaker: all

servers:
  a: { interconnect: 10.0.0.1 }

# Behind.
groups: {}
`;

Deno.test("witness: the vote is replaced with the comment above it, what says how devices count goes too", () => {
  const after = withVote(BEFORE, VOTE)!;
  const begin = "# The cluster.\ncluster: c # of mine\n\n# Network partition resolution: a witness,";
  assert.ok(after.startsWith(begin), after);
  assert.ok(after.includes(`${ENTRY}\nservers:\n  a: { interconnect: 10.0.0.1 }\n\n# Behind.\ngroups: {}\n`), after);
  assert.doesNotMatch(after, /beware|nat:|gw:|survivor|tieBreaker|Who goes on/);
});

Deno.test("witness: a file without a vote gets it behind the servers; one can be without any", () => {
  const bare = withVote(BEFORE)!;
  assert.ok(bare.startsWith("# The cluster.\ncluster: c # of mine\n\nservers:\n  a: {"), bare);
  assert.ok(
    withVote(bare, VOTE)!.includes(`interconnect: 10.0.0.1 }\n\n${VOTE}\n# Behind.\ngroups: {}\n`),
    withVote(bare, VOTE),
  );
  assert.equal(withVote(withVote(bare, VOTE)!), bare);
});

Deno.test("witness: a vote at the end of the file, without a line end, and line ends of Windows", () => {
  const last = "cluster: c\nservers: { a: { interconnect: 10.0.0.1 } }\ngroups: {}\nquorum: { nat: { type: ping } }";
  assert.ok(withVote(last, VOTE)!.endsWith(ENTRY.trimEnd()));
  const windows = withVote(BEFORE.replaceAll("\n", "\r\n"), VOTE)!;
  assert.doesNotMatch(windows, /nat:|beware/);
  assert.match(windows, /groups: \{\}\r\n$/);
});

Deno.test("witness: a comment in the first line is the heading of the file, whatever comes below it", () => {
  const rest = "cluster: c\nservers: { a: { interconnect: 10.0.0.1 } }\n";
  assert.equal(withVote(`# Mine.\n# Devices.\nquorum: { nat: { type: ping } }\n${rest}`), `# Mine.\n${rest}`);
});

Deno.test("witness: a file that is one map in braces is left to a person", () => {
  assert.equal(withVote("{ cluster: c, servers: {}, quorum: {} }", VOTE), undefined);
  assert.equal(withVote("- a", VOTE), undefined);
});
