import type { CodeEntry } from "../entry.ts";

/** 306: ours. */
export const KEY: CodeEntry = {
  code: 306,
  title: "the key of the interconnect can't be used",
  meaning:
    "Heartbeats are signed with it, so no agent starts without a key that is long enough and nobody else can read.",
  from: ["agent"],
  causes: [
    {
      what: "The file is not there: key is relative to cluster.yaml, and is baton.key when it is left out.",
      check: "ls -l the path in the message, as the account of the agent",
      remedy: "copy it from another server; only for a new cluster make one with baton key > baton.key",
    },
    {
      what: "Others can read it.",
      check: "ls -l shows more than -rw-------",
      remedy: "chmod 600 it; when somebody may have read it, make a new one for all servers",
    },
    {
      what: "Others than root and the account of the agent could put another one in its place.",
      sign: /may write there/,
      check: "ls -ld the path in the message",
      remedy: "the chown or chmod in the message; when somebody may have read the key, make a new one for all servers",
    },
    {
      what: "It holds more than two lines: each is a key, the new one and, while it is changed, the one before.",
      sign: /lines, and each is a key/,
      check: "wc -l of the file",
      remedy: "leave the one that all servers have; baton key --retire ends a change",
    },
    {
      what: "It was made by hand and is too short.",
      check: "wc -c of the file: 32 characters or more are needed",
      remedy: "make one with baton key, and copy it to every server",
    },
  ],
  commands: ["baton key", "baton check --here"],
  guide: [],
};

/** 307: ours. */
export const IDENTITY: CodeEntry = {
  code: 307,
  title: "this machine is none of the servers for certain",
  meaning:
    "A server finds itself in cluster.yaml by --server, else by its host name, else by the one interconnect address that " +
    "it has. None of these led to exactly one.",
  from: ["agent", "command line"],
  causes: [
    {
      what: "The host name is not the name in the file, and no interconnect address of the file is on this machine.",
      check: "compare hostname and ip -br addr with servers in the file; the message shows both",
      remedy: "correct interconnect, set hostname of the server in the file, or start it with --server NAME",
    },
    {
      what: "The file is that of another cluster, or the machine is not meant to be a server.",
      check: "the first lines of the file, and the servers that the message names",
      remedy: "name the right file with -c",
    },
    {
      what: "The machine has the addresses of two servers, as when several are tried out on one.",
      check: "ip -br addr",
      remedy: "start each with --server NAME",
    },
  ],
  commands: ["baton run", "baton check --here"],
  guide: [],
};

/** 308: ours. */
export const STATE_FOLDER: CodeEntry = {
  code: 308,
  title: "the folder for state and journal can't be used",
  meaning:
    "A server remembers there whom it has said yes to. Without that memory two could carry a group, so no agent starts " +
    "when it can't be read, written and held alone.",
  from: ["agent"],
  causes: [
    {
      what: "The account of the agent may not write there, or the file system is full or read-only.",
      check: "touch a file in the folder as that account; df -h and df -i of it",
      remedy: "run the agent as root, make room, or set state in cluster.yaml to a folder that it owns",
    },
    {
      what: "Others could write there, or a link lies there: what the agent writes would go where they want.",
      sign: /may write there|is a link/,
      check: "ls -la the folder in the message, and see who has put what there",
      remedy: "the command in the message, or an empty folder that the account of the agent makes itself",
    },
    {
      what: "Another agent has it.",
      check: "baton status, and the service manager: one agent for each folder",
      remedy: "stop the other one, or give each its own folder with state",
    },
    {
      what: "What lies there belongs to another server or cluster, or was damaged.",
      check: "the message names the file; see whether the folder was copied from another machine",
      remedy:
        "give this server a folder of its own; an empty one makes it vote only after it has heard every other server",
    },
    {
      what: "The disk is slow: a vote is on it before anybody hears of it, so claims wait for it.",
      sign: /a synced write took/,
      check: "iostat -x 1 (await, util) while it is slow; in EC2 the burst balance and the queue length of the volume",
      remedy:
        "take the load off it, give the volume more IOPS, or set state in cluster.yaml to a folder on another disk",
    },
  ],
  commands: ["baton status", "baton check --here"],
  guide: [],
};

/** 309: ours. */
export const PORT: CodeEntry = {
  code: 309,
  title: "an address or port can't be listened on",
  meaning: "The interconnect (UDP) or the status endpoint (TCP) has no place to listen, so the agent does not start.",
  from: ["agent"],
  causes: [
    {
      what: "Another program has the port, most often another agent.",
      check: "ss -lntup shows who has it (Windows: netstat -anob)",
      remedy: "stop that program, or choose another port in interconnect or status",
    },
    {
      what: "The address is not one of this server.",
      check: "ip -br addr",
      remedy: "correct interconnect of this server; on EC2 it is the private address, never the Elastic IP",
    },
    {
      what: "The port is below 1024 and the agent does not run as root.",
      check: "the number in the message",
      remedy: "choose one of 1024 or more",
    },
  ],
  commands: ["baton check", "baton status"],
  guide: [],
};

/** 310: ours. */
export const WATCHDOG: CodeEntry = {
  code: 310,
  title: "the watchdog can't do what the file relies on",
  meaning:
    "The device that would reset this machine is not there, is taken, or can't be set to the time that is needed.",
  from: ["agent"],
  causes: [
    {
      what: "No driver is loaded, so there is no /dev/watchdog.",
      check: "ls -l /dev/watchdog*; wdctl shows what the device can do",
      remedy: "modprobe the driver of the machine, or softdog; where there is none, remove watchdog from the file",
    },
    {
      what: "Another program feeds it, most often systemd.",
      check: "RuntimeWatchdogSec in /etc/systemd/system.conf; fuser /dev/watchdog",
      remedy: "leave the device to one of them",
    },
    {
      what: "The device counts other times than the one that was asked for.",
      check: "the message has both",
      remedy: "choose a timeout that it can, or a longer detection time",
    },
  ],
  commands: ["baton check", "baton check --here"],
  guide: [],
};
