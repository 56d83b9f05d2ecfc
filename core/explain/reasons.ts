/**
 * The words that reasons carry in the journal: what each says, and what to do when it is there.
 *
 * @module
 */
import type { ReasonCode } from "../cluster/reasons.ts";

/** One word. */
export interface ReasonEntry {
  meaning: string;
  /** What to do; left out where nothing has to be done. */
  todo?: string;
}

/** All words. A reason without an entry here does not compile. */
export const REASONS: Readonly<Record<ReasonCode, ReasonEntry>> = {
  "started": {
    meaning: "The agent has started; or something was found at the start that is worth a look before it is needed.",
    todo: "A line with a number in brackets would fail in a takeover as well: baton explain that number.",
  },
  "peer-heard": { meaning: "Another server is heard, for the first time or again." },
  "peer-silent": {
    meaning: "Another server was not heard for the detection time, or the interconnect has trouble.",
    todo: "See whether it runs, whether its agent does, and whether UDP 7710 passes in both directions.",
  },
  "peer-unclear": {
    meaning:
      "Something comes from another server, or in its name, that can't be understood or can't be true. It is not taken " +
      "in, but the server is there: with a tie-breaker nobody takes over from it for that long.",
    todo: "baton status names the cause; repair it there. When the server is off: baton confirm-stopped SERVER --yes.",
  },
  "peer-left": {
    meaning: "Another server has left in order; its vote is kept by those that stay where that is needed.",
  },
  "roster": {
    meaning: "Servers have different lists of servers, or of votes, in their cluster.yaml.",
    todo: "Put the same file on all of them and restart the agents; baton status shows who differs.",
  },
  "file": {
    meaning: "A new cluster.yaml was applied, fetched or taken up, or could not be.",
    todo: "Where it could not be: baton status says what each server has and what it waits for; then apply again.",
  },
  "key": {
    meaning: "The key file of this server was changed, or can't be used as it is now.",
    todo:
      "Where it can't be used: the line says why. The agent goes on with the keys that it has, until it starts again.",
  },
  "device-reached": { meaning: "The acknowledgement device answers." },
  "device-lost": {
    meaning: "The acknowledgement device does not answer, so its vote will be missing when a server is lost.",
    todo: "Repair the device or the way to it now: nothing else has happened yet.",
  },
  "witness-reached": { meaning: "The witness answers." },
  "witness-lost": {
    meaning: "The witness does not answer, so its vote will be missing when a server is lost.",
    todo: "Repair the way to the store now: nothing else has happened yet.",
  },
  "disk-slow": {
    meaning:
      "A write of the state to this server's disk takes longer than a quarter of a permit. Nothing is lost, and what is " +
      "carried goes on; its yes to others comes late, and another server is named for a group where one could carry it.",
    todo:
      "See what keeps the disk busy (iostat -x 1; the volume's burst balance in EC2), or put `state` on another one.",
  },
  "disk-well": { meaning: "Writes of the state to this server's disk are quick again." },
  "fencing": { meaning: "Another server is silent and is being stopped from outside." },
  "fence-confirmed": {
    meaning: "Another server is off for certain.",
    todo: "See why it fell silent before you start it again.",
  },
  "fence-unconfirmed": {
    meaning:
      "It could not be made certain that a silent server is off. Where the takeover waits for it, it still does.",
    todo: "Make sure by hand that the server is off; then baton confirm-stopped SERVER --yes.",
  },
  "fence-ready": { meaning: "The fence could stop the other server." },
  "fence-unready": {
    meaning: "The fence could not stop the other server, or it is not known whether it could.",
    todo: "Repair that before it is needed: a takeover may have to wait for the fence.",
  },
  "state-folder": {
    meaning: "The folder in which this server remembers its votes is gone, full or can't be written; or is well again.",
    todo:
      "Move the groups to another server, then look with df and ls -ld: make room, or bring the folder back and start the " +
      "agent again.",
  },
  "swept": { meaning: "What an earlier agent may have left on this server is gone." },
  "sweep-failed": {
    meaning:
      "What an earlier agent left on this server could not be removed. The group does not start here until it is.",
    todo: "Stop it by hand; it is looked at again every few seconds.",
  },
  "claim": { meaning: "This server asks the others for the right to carry the group." },
  "claim-lost": {
    meaning: "Another server has got the right, or too few have agreed. It is asked again when that makes sense.",
  },
  "won": { meaning: "A majority of votes has agreed: this server carries the group from now on." },
  "epoch-raised": {
    meaning: "The carrier goes on under a later epoch, because another server remembers one as late as its own.",
  },
  "granted": { meaning: "This server has agreed that another one carries the group." },
  "refused": { meaning: "This server has not agreed: it knows of another carrier that may still be active." },
  "activating": { meaning: "The resources of the group are started in their order." },
  "activated": { meaning: "A resource is active." },
  "activation-failed": {
    meaning: "A resource could not be started. After its retries the group goes to another server.",
    todo: "baton explain the number in the brackets. baton start GROUP forgets what is held against this server.",
  },
  "online": { meaning: "All resources of the group are active." },
  "deactivating": { meaning: "The resources of the group are stopped in reverse order." },
  "deactivated": {
    meaning: "A resource is down; or, as a warning, what was started for a group still runs where the group is down.",
    todo: "Let the stop script end what it names, unless it lives on by intent: it may be the service itself.",
  },
  "deactivation-failed": {
    meaning:
      "A resource could not be stopped, so it may still be active. The final action of its deactivation follows.",
    todo: "baton explain the number in the brackets; stop it by hand where the final action is none.",
  },
  "released": { meaning: "Nothing of the group is active here any more, and others may carry it." },
  "permit-lost": {
    meaning: "No majority has confirmed this server in time, so it stops everything of its groups.",
    todo: "See why it lost the others: the interconnect, the device, or a machine that stood still.",
  },
  "fenced": { meaning: "After the loss of the permit everything of the group is down." },
  "fence-failed": {
    meaning: "After the loss of the permit something did not stop in time. The self-fence action follows, unless a " +
      "majority has confirmed meanwhile that nobody else has the group: then it is tried again.",
    todo:
      "Find out what hung, or what kept the machine busy; its stop has to fit into the stop time that baton check " +
      "prints.",
  },
  "both-active": {
    meaning: "Two servers have found that both carried the group; both have stopped it.",
    todo: "Compare the data of the service on both, then baton start GROUP. baton witness, or a fence, prevents this.",
  },
  "suspended": {
    meaning: "This machine stood still for longer than the timing forgives.",
    todo: "Look for a live migration, a snapshot, a suspended machine, or a host that is overcommitted.",
  },
  "plugin": {
    meaning: "A drop-in did what it may not, and its process was ended; or a new version of its file was found.",
    todo:
      "Look at what it did wrong, and repair its file: it is loaded again without a restart. baton status shows it.",
  },
  "preflight-ready": { meaning: "A look ahead found nothing on this server that would make a takeover fail." },
  "preflight-unready": {
    meaning: "A look ahead found something on this server that would make a takeover fail.",
    todo: "baton explain the number in the brackets, and repair it before it is needed.",
  },
  "monitor": {
    meaning: "A monitor has changed its state.",
    todo: "baton explain the number in the brackets, or the name of the monitor.",
  },
  "recovery": { meaning: "The recovery action of a monitor has taken one step." },
  "recovery-script": {
    meaning: "The script of a recovery action is run, or has ended.",
    todo: "When it failed: run it by hand. A failure is told and stops nothing.",
  },
  "recovery-skipped": {
    meaning: "A recovery action was not taken: its target is not active here, or no other server could take it.",
    todo: "baton explain GROUP says for each server why it could not.",
  },
  "final-action": {
    meaning: "The last step of a recovery, or what answers a failed stop.",
    todo: "See what failed before it in the journal, repair that, then baton start GROUP.",
  },
  "final-action-suppressed": {
    meaning: "A final action was not taken, because a limit or a rule of cluster.yaml forbids it.",
    todo: "What it would have answered is still there: repair that by hand.",
  },
  "power-withheld": {
    meaning:
      "A machine would have been turned off, rebooted or stopped from outside, and was not, because the agent runs " +
      "with --no-power. Nothing counts as done: no fence as confirmed, no group as stopped.",
    todo:
      "Repair what it would have answered. Where two servers may carry the group: stop it on the one that lost it. " +
      "When this is no trial any more: start the agent without --no-power.",
  },
  "start-wait": {
    meaning: "The group waits for another group before it starts.",
    todo: "baton explain that group; its own start may have failed.",
  },
  "stop-wait": { meaning: "The group waits for another group before it stops." },
  "operator": { meaning: "Somebody has asked for something; the line says who and for what." },
  "failback": { meaning: "The group goes back to a server that it prefers." },
  "leaving": { meaning: "This server leaves in order." },
  "vote-given": { meaning: "A server that leaves has given its vote to one that stays." },
  "vote-held": { meaning: "This server holds the vote of one that has left." },
  "vote-returned": { meaning: "A vote that was held has gone back to its server." },
  "broken": {
    meaning:
      "Something in the agent failed that must not, a fault of Baton or of its machine: it leaves in order and ends.",
    todo: "Start it again, if its service manager has not; report the line with the version that baton version prints.",
  },
  "left": {
    meaning: "The agent has ended.",
    todo: "Start it again when it was not meant to end; the line says why it did.",
  },
};

/** The entry of a word; undefined when it is none. */
export function reasonOf(word: string): ReasonEntry | undefined {
  return Object.hasOwn(REASONS, word) ? REASONS[word as ReasonCode] : undefined;
}
