// The drop-in of eip.yaml. Where there is no checkout, put a copy of plugins/examples/port443.ts here instead.
export { default } from "../../plugins/examples/port443.ts";
