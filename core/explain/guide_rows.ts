/**
 * The symptoms of chapter 7 of the guide, each with what Baton says in its place. `docs/guide.md` has them as a table.
 *
 * @module
 */

/** One symptom. */
export interface GuideRow {
  /** The anchor in `docs/guide.md`. */
  id: string;
  /** What fails. */
  symptom: string;
  /** The guide's number; null where it gives none. */
  guideCode: number | null;
  /** Our number; null where it can't happen. */
  code: number | null;
}

/** All of them, in the guide's order. */
export const GUIDE_ROWS: readonly GuideRow[] = [
  { id: "installer", symptom: "the installer does not start", guideCode: null, code: null },
  { id: "python", symptom: "nothing of AWS starts until the OS is restarted", guideCode: null, code: null },
  { id: "language", symptom: "nothing of AWS starts with a role and another language", guideCode: null, code: null },
  { id: "vip-99", symptom: "the virtual IP does not start: a program is missing", guideCode: 99, code: 99 },
  { id: "vip-5", symptom: "the virtual IP does not start: AWS refuses", guideCode: 5, code: 5 },
  { id: "vip-5-vpc", symptom: "the virtual IP does not start: no such VPC", guideCode: 5, code: 5 },
  { id: "vip-5-eni", symptom: "the virtual IP does not start: no such ENI", guideCode: 5, code: 5 },
  { id: "vip-6", symptom: "the virtual IP does not start: no answer", guideCode: 6, code: 6 },
  { id: "vip-7", symptom: "the virtual IP does not start: it lies inside the VPC", guideCode: 7, code: 7 },
  { id: "vip-12", symptom: "the virtual IP does not start: the NIC's addresses", guideCode: 12, code: 12 },
  { id: "vip-ping", symptom: "the virtual IP is active but can't be pinged", guideCode: null, code: 120 },
  { id: "vipw-8", symptom: "the monitor of the virtual IP: the route was changed", guideCode: 8, code: 8 },
  { id: "eip-99", symptom: "the elastic IP does not start: a program is missing", guideCode: 99, code: null },
  { id: "eip-5", symptom: "the elastic IP does not start: AWS refuses", guideCode: 5, code: 5 },
  { id: "eip-5-allocation", symptom: "the elastic IP does not start: no such allocation", guideCode: 5, code: 5 },
  { id: "eip-5-eni", symptom: "the elastic IP does not start: no such ENI", guideCode: 5, code: 5 },
  { id: "eip-6", symptom: "the elastic IP does not start: no answer", guideCode: 6, code: 6 },
  { id: "eipw-7", symptom: "the monitor of the elastic IP: it is not there", guideCode: 7, code: 7 },
  { id: "az-5", symptom: "the monitor of the zone: AWS refuses", guideCode: 105, code: 105 },
  { id: "az-5-zone", symptom: "the monitor of the zone: no such zone", guideCode: 105, code: 105 },
  { id: "az-6", symptom: "the monitor of the zone: no answer", guideCode: 106, code: 106 },
];

/** The row with this id. */
export function guideRow(id: string): GuideRow {
  const row = GUIDE_ROWS.find((each) => each.id === id);
  if (!row) throw new RangeError(`the guide's chapter 7 has no row ${id}`);
  return row;
}
