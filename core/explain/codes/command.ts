import type { CodeEntry } from "../entry.ts";

/** 311: ours. */
export const ARGUMENTS: CodeEntry = {
  code: 311,
  title: "the command was asked something that it can't understand",
  meaning: "An argument is missing, not known, or not of the right form. Nothing was done.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "A command, option or name is misspelt.",
      check: "baton help lists the commands, baton help COMMAND its options; baton status has the names",
      remedy: "correct it; the message says what would be right",
    },
    {
      what: "Something that is asked on a terminal was left out where nobody can be asked.",
      check: "the message names the option",
      remedy: "give it as an option",
    },
    {
      what: "The status endpoint was asked by a host name that it does not know, so that it may be a web page's.",
      check: "the host of the URL that was asked, and statusNames in cluster.yaml",
      remedy: "ask it by its address or by localhost, or add the name to statusNames",
    },
  ],
  commands: ["baton help", "baton status"],
  guide: [],
};

/** 312: ours. */
export const NO_AGENT: CodeEntry = {
  code: 312,
  title: "no agent answers, or it can't be asked",
  meaning:
    "Commands about the running cluster ask the agent of this server at its status endpoint. That none answers says " +
    "nothing about the groups: they may run on another server.",
  from: ["command line"],
  causes: [
    {
      what: "The agent does not run here.",
      check: "systemctl status baton, and the last lines of its log",
      remedy: "start it: systemctl start baton, or baton run to see what it says",
    },
    {
      what: "The agent runs but does not go on: it was stopped by a signal or a debugger, or the machine has no time.",
      check: "ps -eo pid,stat,args; a T in the second column is a process that was stopped",
      remedy: "let it go on with kill -CONT and its number; start one that hangs again",
    },
    {
      what: "It listens elsewhere than the file says, because it was started with --status or another file.",
      check: "its first line of the log has the address",
      remedy: "name the file with -c, or the address with --url",
    },
    {
      what: "The operator's token can't be read: it is only for the account of the agent.",
      check: "ls -l of the path in the message",
      remedy: "run the command as root, or as the account of the agent, on the server itself",
    },
  ],
  commands: ["baton run", "baton status"],
  guide: [],
};

/** 313: ours. */
export const REFUSED: CodeEntry = {
  code: 313,
  title: "an operation or a new file was refused, or was not done in time",
  meaning:
    "The agent understood what was asked and says why not. After a refusal nothing has changed; after a time that is " +
    "over it may still happen.",
  from: ["command line", "agent"],
  causes: [
    {
      what:
        "The group, server or monitor can't take it now: it is not there, waits for something, or is there already.",
      check: "baton status, and baton explain NAME of what the message names",
      remedy: "do what it waits for, then ask again",
    },
    {
      what: "A server did not take a new file: it is down, its file was changed by hand, or it lacks a drop-in.",
      check: "the message names the server; baton status shows which file each has",
      remedy: "repair that server, or leave a dead one out with baton apply NEW --without SERVER",
    },
    {
      what: "A new file needs agents that carry groups to start again.",
      check: "baton diff OLD NEW, or baton apply NEW --dry-run",
      remedy: "when the groups may move, add --allow-restart",
    },
    {
      what: "It takes longer than was waited for.",
      check: "baton status says whether it still happens, and what it waits for",
      remedy: "wait longer with --wait SECONDS",
    },
  ],
  commands: ["baton status", "baton explain NAME", "baton diff", "baton apply"],
  guide: [],
};

/** 314: ours. */
export const OUTPUT: CodeEntry = {
  code: 314,
  title: "what the command should make can't be made",
  meaning:
    "A file that would be written is there already, can't be written, or what it would be made from is not enough.",
  from: ["command line"],
  causes: [
    {
      what: "A file is there already; none is overwritten.",
      check: "ls -l of the path in the message",
      remedy: "name another one, or remove it when nobody needs it",
    },
    {
      what: "The folder does not exist, or may not be written.",
      check: "ls -ld of the folder in the message",
      remedy: "make the folder, or name a file elsewhere",
    },
    {
      what: "Standard output can't be written: the disk that it goes to is full.",
      check: "df of the folder of the file that the output was sent to",
      remedy: "make room there, or send it elsewhere",
    },
    {
      what: "The account has nothing that a cluster could be made of: no instances in this region, or no Elastic IP.",
      check: "look for them in the console, in the region that was asked",
      remedy: "launch the servers first, allocate an Elastic IP, or give --region",
    },
    {
      what: "The addresses of the file don't fit in one network for which a template could be made.",
      check: "compare the addresses in the message",
      remedy: "give the servers addresses in one /16, and NATs a subnet of their own",
    },
  ],
  commands: ["baton init", "baton cloudformation", "baton check"],
  guide: [],
};
