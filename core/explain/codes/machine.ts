import type { CodeEntry } from "../entry.ts";

/** 1: ours. A program of the operator's own has said no. */
export const PROGRAM: CodeEntry = {
  code: 1,
  title: "a program of your own failed",
  meaning:
    "A start, stop or fence script ended with another status than 0, or an OCF agent said that it failed or that its " +
    "resource does not run. What it printed last stands in the message. Monitoring scripts give their own numbers: the one they report, else their exit status.",
  from: [
    "resource script",
    "resource exec",
    "resource ocf",
    "fence script",
    "monitor script",
    "monitor exec",
    "monitor ocf",
  ],
  causes: [
    {
      what: "The program found something wrong.",
      sign: /ended with status \d/,
      check: "run it by hand, as the account of the agent, with the variables that docs/configuration.md lists",
      remedy: "repair what it complains about",
    },
    {
      what: "It is no program that ends: a start script has to end once the service runs, with status 0.",
      check: "take the time that it needs by hand",
      remedy: "let it start the service in the background, or use the type service",
    },
    {
      what: "A stop script fails when there is nothing to stop.",
      check: "run it twice in a row",
      remedy: "let it end with status 0 also when the service does not run",
    },
  ],
  commands: ["baton status", "baton run --verbose", "baton start GROUP"],
  guide: [],
};

/** 99: the guide's "Internal error". */
export const INTERNAL: CodeEntry = {
  code: 99,
  title: "something that Baton needs on this machine is missing or broken",
  meaning:
    "A program of the operating system, a file, a right or a device. In the guide it means that Python or the AWS CLI " +
    "is not there; Baton needs neither. It needs ip (iproute2), ping, and systemctl for the type service.",
  from: ["every"],
  causes: [
    {
      what: "A program is missing, or its folder is not in PATH.",
      sign: /the program \S+ does not exist/,
      check: "run command -v PROGRAM with the PATH of the service (a service manager has a short one of its own)",
      remedy: "install the package that has it, write its absolute path, or set PATH in the unit of the agent",
    },
    {
      what: "A program may not be executed.",
      sign: /may not be executed/,
      check: "ls -l of it, and the mount options of its file system (noexec)",
      remedy: "chmod +x it",
    },
    {
      what: "The agent lacks rights.",
      sign: /not permitted|ermission denied|[Aa]ccess is denied|administrator/,
      check: "see which account the agent runs under",
      remedy: "run it as root, or as an administrator; AmbientCapabilities=CAP_NET_ADMIN is enough for addresses alone",
    },
    {
      what: "A command of the operating system failed, or it said something unexpected.",
      sign: /" failed with status|printed something unexpected/,
      check: "run the line that stands in the message by hand",
      remedy: "what it says; a service has to be known to systemctl, an address must be of a family the NIC has",
    },
    {
      what: "A file that cluster.yaml names can't be read, or is no certificate.",
      sign: /can't be read|holds no certificate/,
      check: "ls -l of it, as the account of the agent",
      remedy: "put it there, readable by that account",
    },
    {
      what: "The dead man's switch, the watchdog or the way to turn the machine off does not work.",
      sign: /dead man's switch|watchdog|of this server failed/,
      check: "the journal of the agent names the device or the time that does not fit",
      remedy: "what the message says behind the semicolon: a longer detection time, the module, the device",
    },
    {
      what: "A type of your own failed, or gave no proper verdict.",
      sign: /the check itself failed|gave no verdict|did not say how it knows|gave no version/,
      check: "baton run --verbose logs what plugins say",
      remedy: "repair the file in plugins/",
    },
    {
      what: "Baton itself did something wrong.",
      sign: /only a fence stops|dry run|is closed|is no other server|no fence in/,
      check: "baton version, and the lines of the journal before it",
      remedy: "report it with both",
    },
  ],
  commands: ["baton status", "baton check", "baton version"],
  guide: ["installer", "python", "language", "vip-99", "eip-99"],
};
