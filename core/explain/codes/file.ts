import type { CodeEntry } from "../entry.ts";

/** 300: ours. */
export const FILE_TEXT: CodeEntry = {
  code: 300,
  title: "the file can't be read, or is no YAML",
  meaning:
    "Nothing is known of what stands in it: it is not there, may not be read, or its text is no YAML. No agent starts " +
    "with it, and one that runs goes on with the file it has.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "The path is another one, or no file was named and none lies where it is looked for.",
      check: "ls -l the path in the message; without -c it is ./cluster.yaml, then /etc/baton/cluster.yaml",
      remedy: "name it with -c FILE, or run the command as an account that may read it",
    },
    {
      what: "The indentation is made of tabs or is not even, or a bracket or quotation mark is not closed.",
      check: "look at the line and column in front of the message, and at the line above",
      remedy: "indent with two spaces; put quotes around text with a colon or a leading *, & or !",
    },
    {
      what: "Others than root and the account of the agent could change the file or a folder above it.",
      sign: /may write there/,
      check: "ls -ld the path in the message, and see who has written there",
      remedy: "the chown or chmod in the message",
    },
    {
      what: "It was saved as something else than UTF-8, or is another file altogether.",
      check: "file cluster.yaml says how it is encoded",
      remedy: "save it as UTF-8, or begin with examples/vip.yaml or baton init",
    },
  ],
  commands: ["baton check", "baton init"],
  guide: [],
};

/** 301: ours. */
export const FILE_VALUE: CodeEntry = {
  code: 301,
  title: "a key or a value of the file is wrong",
  meaning:
    "A key is missing or not known, or its value has not the form that it must have. File, line, column and key stand " +
    "in front of the message, and behind it what would be right.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "The key or the word is misspelt, or is indented under the wrong one.",
      check: "the message names what is known there; baton help TYPE lists the options of a type",
      remedy: "correct it where the line and column say",
    },
    {
      what: "A time has no unit, or text that looks like a number has no quotes.",
      check: "the value as the message shows it, in brackets",
      remedy: "write times as 500ms, 5s or 2m, and put quotes around text such as a number of an account",
    },
    {
      what: "A key that has to be there is not, for all servers or for one of them.",
      check: "the message names the servers that lack it",
      remedy: "give it for all, or for a server under individually",
    },
  ],
  commands: ["baton check", "baton help", "baton schema"],
  guide: [],
};

/** 302: ours. */
export const FILE_NAME: CodeEntry = {
  code: 302,
  title: "a name in the file is that of nothing, or of two things",
  meaning:
    "Something refers to a server, group, resource or monitor that the file does not have, or two things have the same " +
    "name or the same address where each has to have its own.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "The name is misspelt, or what it names was renamed or taken out.",
      check: "the message names those that there are, or the one that is nearest",
      remedy: "correct the reference, or put back what it names",
    },
    {
      what:
        "Groups, resources, monitors and devices share their names, because commands name a thing without its kind.",
      check: "the message names the line of the other one",
      remedy: "rename one of them, and what refers to it",
    },
    {
      what: "An address or id was copied for a second server and not changed.",
      check: "compare the two servers that the message names",
      remedy: "give each its own; for options of a type under individually",
    },
  ],
  commands: ["baton check"],
  guide: [],
};

/** 303: ours. */
export const FILE_TIMES: CodeEntry = {
  code: 303,
  title: "times in the file don't fit together",
  meaning:
    "With these times two servers could carry a group at once, or a healthy one would lose its right to. What the " +
    "message compares has to hold, so the file is refused.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "One of the derived times was set by itself.",
      check: "baton check prints all times and their formulas for a file that is right; begin with the detection alone",
      remedy: "set only timing: fast, standard or relaxed, or { detection: 8s }, and let the rest follow",
    },
    {
      what: "A device, a witness or the watchdog takes longer than the permit of a server lasts.",
      check: "the message has both times, and one that would do",
      remedy: "shorten its interval or timeout, or lengthen the detection time",
    },
  ],
  commands: ["baton check", "baton simulate"],
  guide: [],
};

/** 304: ours. */
export const FILE_TYPE: CodeEntry = {
  code: 304,
  title: "a type can't be used, or refuses its options",
  meaning:
    "A type that is named is not known, is of another kind, can't be loaded, or its own rules say no to the options.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "The type is misspelt, or stands where another kind belongs.",
      check: "the message names the types of that kind; baton help TYPE says what one is for",
      remedy: "correct the type, or move it under groups, monitors, quorum or fence",
    },
    {
      what: "The file of a type of one's own is not where it is looked for.",
      check: "it has to be plugins/TYPE.ts or .js beside cluster.yaml or the executable; the message lists the folders",
      remedy: "copy it there, on every server",
    },
    {
      what: "The file of a type of one's own does not load.",
      check: "baton plugin test FILE runs it by itself and names the line",
      remedy: "correct it; what it may do is said by plugins: { TYPE: { allow } }",
    },
    {
      what: "Others than root and the account of the agent could change the file of a type of one's own.",
      sign: /may write there/,
      check: "ls -ld the path in the message: the file, what it imports, or a folder above it",
      remedy: "the chown or chmod in the message",
    },
    {
      what: "The options of the type don't go together.",
      check: "the sentence is the type's own; docs/types.md has its options",
      remedy: "what the sentence says would be right",
    },
  ],
  commands: ["baton check", "baton help", "baton plugin"],
  guide: [],
};

/** 305: ours. */
export const FILE_SENSE: CodeEntry = {
  code: 305,
  title: "two parts of the file contradict each other",
  meaning:
    "Each by itself could be meant, but together one of them would never happen, or would mean something else than it says.",
  from: ["command line", "agent"],
  causes: [
    {
      what: "Groups or resources wait for each other in a circle.",
      check: "the message names the circle in its order",
      remedy: "take one of the steps out of startAfter, stopAfter or needs",
    },
    {
      what: "A recovery has a step that its target can't take, or a script before a step that is never taken.",
      check: "compare target, reactivations, failovers and finalAction of that monitor",
      remedy: "name a group or resource as target, or set the count to 0 and remove the script",
    },
    {
      what: "Votes of different kinds stand together: a witness is a sound vote, an acknowledgement device a weak one.",
      check: "look at the entries under quorum",
      remedy: "keep the witness, or the devices",
    },
  ],
  commands: ["baton check"],
  guide: [],
};
