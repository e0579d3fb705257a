// Made by `node scripts/draw-charts.ts`, and not to be changed by hand.
import type { Chart } from '../machines/chart-of.ts';
import type { ChartLayout } from './chart-layout.ts';

/** A chart with both of its layouts. */
export interface DrawnChart {
  readonly chart: Chart;
  readonly right: ChartLayout;
  readonly down: ChartLayout;
}

export const RUN_CHART: DrawnChart = {
  chart: {
    id: "run",
    states: [
      {"id":"active","name":"active","parent":null,"type":"compound","initial":true},
      {"id":"active.created","name":"created","parent":"active","type":"atomic","initial":true},
      {"id":"active.planning","name":"planning","parent":"active","type":"atomic","initial":false},
      {"id":"active.executing","name":"executing","parent":"active","type":"atomic","initial":false},
      {"id":"active.verifying","name":"verifying","parent":"active","type":"atomic","initial":false},
      {"id":"completed","name":"completed","parent":null,"type":"final","initial":false},
      {"id":"failed","name":"failed","parent":null,"type":"final","initial":false},
      {"id":"cancelled","name":"cancelled","parent":null,"type":"final","initial":false},
    ],
    transitions: [
      {"id":"t1","from":"active","event":"attempt.started","label":"attempt.started","actions":["beginAttempt"],"to":null},
      {"id":"t2","from":"active","event":"attempt.ended","label":"attempt.ended","actions":["park"],"to":null},
      {"id":"t3","from":"active","event":"interrupt.requested","label":"interrupt.requested","actions":["openInterrupt"],"to":null},
      {"id":"t4","from":"active","event":"interrupt.resolved","label":"interrupt.resolved","actions":["settleInterrupt"],"to":null},
      {"id":"t5","from":"active","event":"signal.received","label":"signal.received","actions":["wake"],"to":null},
      {"id":"t6","from":"active","event":"run.started","label":"run.started","actions":["keepFirstPrompt"],"to":"active.executing"},
      {"id":"t7","from":"active","event":"planning.started","label":"planning.started","actions":[],"to":"active.planning"},
      {"id":"t8","from":"active","event":"step.started","label":"step.started","actions":[],"to":"active.executing"},
      {"id":"t9","from":"active","event":"tool.started","label":"tool.started","actions":[],"to":"active.executing"},
      {"id":"t10","from":"active","event":"turn.started","label":"turn.started","actions":[],"to":"active.executing"},
      {"id":"t11","from":"active","event":"verification.started","label":"verification.started","actions":[],"to":"active.verifying"},
      {"id":"t12","from":"active","event":"verification.reported","label":"verification.reported","actions":["setVerification"],"to":null},
      {"id":"t13","from":"active","event":"run.completed","label":"run.completed","actions":["setResult"],"to":"completed"},
      {"id":"t14","from":"active","event":"run.failed","label":"run.failed","actions":["setError"],"to":"failed"},
      {"id":"t15","from":"active","event":"run.cancelled","label":"run.cancelled","actions":["setCancelReason"],"to":"cancelled"},
      {"id":"t16","from":"active.planning","event":"planning.completed","label":"planning.completed","actions":[],"to":"active.executing"},
      {"id":"t17","from":"active.planning","event":"step.started","label":"step.started","actions":[],"to":null},
      {"id":"t18","from":"active.planning","event":"tool.started","label":"tool.started","actions":[],"to":null},
      {"id":"t19","from":"active.planning","event":"turn.started","label":"turn.started","actions":[],"to":null},
    ],
  },
  right: {
    id: "run",
    direction: "right",
    width: 966,
    height: 289,
    states: [
      {"id":"active","name":"active","parent":null,"type":"compound","initial":true,"x":45,"y":14,"width":664,"height":261,"header":52,"lines":["stays on attempt.started, attempt.ended, interrupt.requested, interrupt.resolved, signal.received, verification.reported"]},
      {"id":"active.created","name":"created","parent":"active","type":"atomic","initial":true,"x":101.5,"y":80,"width":81,"height":34,"header":34,"lines":[]},
      {"id":"active.planning","name":"planning","parent":"active","type":"atomic","initial":false,"x":220,"y":88,"width":89,"height":82,"header":82,"lines":["step.started","tool.started","turn.started"]},
      {"id":"active.executing","name":"executing","parent":"active","type":"atomic","initial":false,"x":477,"y":177,"width":98,"height":34,"header":34,"lines":[]},
      {"id":"active.verifying","name":"verifying","parent":"active","type":"atomic","initial":false,"x":603,"y":225,"width":90,"height":34,"header":34,"lines":[]},
      {"id":"completed","name":"completed","parent":null,"type":"final","initial":false,"x":849,"y":84,"width":103,"height":34,"header":34,"lines":[]},
      {"id":"failed","name":"failed","parent":null,"type":"final","initial":false,"x":849,"y":136,"width":72,"height":34,"header":34,"lines":[]},
      {"id":"cancelled","name":"cancelled","parent":null,"type":"final","initial":false,"x":849,"y":188,"width":95,"height":34,"header":34,"lines":[]},
    ],
    edges: [
      {"id":"active -> active.executing","from":"active","to":"active.executing","points":[{"x":45,"y":200},{"x":477,"y":200}],"labels":[{"text":"run.started","title":"run.started / keepFirstPrompt","x":103.5,"y":167,"width":77,"height":16,"transitions":["t6"]},{"text":"step.started","title":"step.started","x":103.5,"y":183,"width":77,"height":16,"transitions":["t8"]},{"text":"tool.started","title":"tool.started","x":103.5,"y":199,"width":77,"height":16,"transitions":["t9"]},{"text":"turn.started","title":"turn.started","x":103.5,"y":215,"width":77,"height":16,"transitions":["t10"]}]},
      {"id":"active -> active.planning","from":"active","to":"active.planning","points":[{"x":45,"y":143},{"x":220,"y":143}],"labels":[{"text":"planning.started","title":"planning.started","x":92,"y":134,"width":100,"height":16,"transitions":["t7"]}]},
      {"id":"active -> active.verifying","from":"active","to":"active.verifying","points":[{"x":45,"y":248},{"x":603,"y":248}],"labels":[{"text":"verification.started","title":"verification.started","x":333,"y":239,"width":114,"height":16,"transitions":["t11"]}]},
      {"id":"active -> completed","from":"active","to":"completed","points":[{"x":709,"y":143},{"x":723,"y":143},{"x":723,"y":101},{"x":849,"y":101}],"labels":[{"text":"run.completed","title":"run.completed / setResult","x":737,"y":92,"width":90,"height":16,"transitions":["t13"]}]},
      {"id":"active -> failed","from":"active","to":"failed","points":[{"x":709,"y":153},{"x":849,"y":153}],"labels":[{"text":"run.failed","title":"run.failed / setError","x":750.5,"y":144,"width":63,"height":16,"transitions":["t14"]}]},
      {"id":"active -> cancelled","from":"active","to":"cancelled","points":[{"x":709,"y":163},{"x":723,"y":163},{"x":723,"y":205},{"x":849,"y":205}],"labels":[{"text":"run.cancelled","title":"run.cancelled / setCancelReason","x":740,"y":196,"width":84,"height":16,"transitions":["t15"]}]},
      {"id":"active.planning -> active.executing","from":"active.planning","to":"active.executing","points":[{"x":309,"y":129},{"x":463,"y":129},{"x":463,"y":188},{"x":477,"y":188}],"labels":[{"text":"planning.completed","title":"planning.completed","x":331,"y":120,"width":118,"height":16,"transitions":["t16"]}]},
    ],
    initials: [
      {"state":"active","x":18.5,"y":257.5,"points":[{"x":23,"y":258},{"x":45,"y":258}]},
      {"state":"active.created","x":65.5,"y":96.5,"points":[{"x":70,"y":97},{"x":101.5,"y":97}]},
    ],
  },
  down: {
    id: "run",
    direction: "down",
    width: 338,
    height: 685,
    states: [
      {"id":"active","name":"active","parent":null,"type":"compound","initial":true,"x":14,"y":49,"width":310,"height":502,"header":82,"lines":["stays on attempt.started, attempt.ended,","interrupt.requested, interrupt.resolved,","signal.received, verification.reported"]},
      {"id":"active.created","name":"created","parent":"active","type":"atomic","initial":true,"x":26,"y":208,"width":81,"height":34,"header":34,"lines":[]},
      {"id":"active.planning","name":"planning","parent":"active","type":"atomic","initial":false,"x":71.5,"y":287,"width":89,"height":82,"header":82,"lines":["step.started","tool.started","turn.started"]},
      {"id":"active.executing","name":"executing","parent":"active","type":"atomic","initial":false,"x":123.5,"y":443,"width":98,"height":34,"header":34,"lines":[]},
      {"id":"active.verifying","name":"verifying","parent":"active","type":"atomic","initial":false,"x":195,"y":505,"width":90,"height":34,"header":34,"lines":[]},
      {"id":"completed","name":"completed","parent":null,"type":"final","initial":false,"x":22.5,"y":637,"width":103,"height":34,"header":34,"lines":[]},
      {"id":"failed","name":"failed","parent":null,"type":"final","initial":false,"x":135.5,"y":637,"width":72,"height":34,"header":34,"lines":[]},
      {"id":"cancelled","name":"cancelled","parent":null,"type":"final","initial":false,"x":217.5,"y":637,"width":95,"height":34,"header":34,"lines":[]},
    ],
    edges: [
      {"id":"active -> active.executing","from":"active","to":"active.executing","points":[{"x":189,"y":131},{"x":189,"y":443}],"labels":[{"text":"run.started","title":"run.started / keepFirstPrompt","x":150.5,"y":193,"width":77,"height":16,"transitions":["t6"]},{"text":"step.started","title":"step.started","x":150.5,"y":209,"width":77,"height":16,"transitions":["t8"]},{"text":"tool.started","title":"tool.started","x":150.5,"y":225,"width":77,"height":16,"transitions":["t9"]},{"text":"turn.started","title":"turn.started","x":150.5,"y":241,"width":77,"height":16,"transitions":["t10"]}]},
      {"id":"active -> active.planning","from":"active","to":"active.planning","points":[{"x":131,"y":131},{"x":131,"y":287}],"labels":[{"text":"planning.started","title":"planning.started","x":81,"y":147,"width":100,"height":16,"transitions":["t7"]}]},
      {"id":"active -> active.verifying","from":"active","to":"active.verifying","points":[{"x":255,"y":131},{"x":255,"y":505}],"labels":[{"text":"verification.started","title":"verification.started","x":198,"y":320,"width":114,"height":16,"transitions":["t11"]}]},
      {"id":"active -> completed","from":"active","to":"completed","points":[{"x":245,"y":551},{"x":245,"y":565},{"x":74,"y":565},{"x":74,"y":637}],"labels":[{"text":"run.completed","title":"run.completed / setResult","x":29,"y":593,"width":90,"height":16,"transitions":["t13"]}]},
      {"id":"active -> failed","from":"active","to":"failed","points":[{"x":255,"y":551},{"x":255,"y":577},{"x":171.5,"y":577},{"x":171.5,"y":637}],"labels":[{"text":"run.failed","title":"run.failed / setError","x":140,"y":593,"width":63,"height":16,"transitions":["t14"]}]},
      {"id":"active -> cancelled","from":"active","to":"cancelled","points":[{"x":265,"y":551},{"x":265,"y":637}],"labels":[{"text":"run.cancelled","title":"run.cancelled / setCancelReason","x":223,"y":593,"width":84,"height":16,"transitions":["t15"]}]},
      {"id":"active.planning -> active.executing","from":"active.planning","to":"active.executing","points":[{"x":116,"y":369},{"x":116,"y":429},{"x":156.5,"y":429},{"x":156.5,"y":443}],"labels":[{"text":"planning.completed","title":"planning.completed","x":57,"y":397,"width":118,"height":16,"transitions":["t16"]}]},
    ],
    initials: [
      {"state":"active","x":265,"y":18.5,"points":[{"x":265,"y":23},{"x":265,"y":49}]},
      {"state":"active.created","x":66.5,"y":160.5,"points":[{"x":66.5,"y":165},{"x":66.5,"y":208}]},
    ],
  },
};

export const SUPERVISOR_CHART: DrawnChart = {
  chart: {
    id: "supervisor",
    states: [
      {"id":"opening","name":"opening","parent":null,"type":"atomic","initial":true},
      {"id":"recovering","name":"recovering","parent":null,"type":"atomic","initial":false},
      {"id":"running","name":"running","parent":null,"type":"atomic","initial":false},
      {"id":"draining","name":"draining","parent":null,"type":"atomic","initial":false},
      {"id":"closing","name":"closing","parent":null,"type":"atomic","initial":false},
      {"id":"closed","name":"closed","parent":null,"type":"final","initial":false},
    ],
    transitions: [
      {"id":"t1","from":"opening","event":"stores.opened","label":"stores.opened","actions":[],"to":"recovering"},
      {"id":"t2","from":"opening","event":"failed","label":"failed","actions":[],"to":"closed"},
      {"id":"t3","from":"recovering","event":"runs.recovered","label":"runs.recovered","actions":[],"to":"running"},
      {"id":"t4","from":"recovering","event":"close","label":"close","actions":[],"to":"closing"},
      {"id":"t5","from":"running","event":"drain","label":"drain","actions":[],"to":"draining"},
      {"id":"t6","from":"running","event":"close","label":"close","actions":[],"to":"closing"},
      {"id":"t7","from":"draining","event":"close","label":"close","actions":[],"to":"closing"},
      {"id":"t8","from":"closing","event":"stores.closed","label":"stores.closed","actions":[],"to":"closed"},
      {"id":"t9","from":"closing","event":"failed","label":"failed","actions":[],"to":"closed"},
    ],
  },
  right: {
    id: "supervisor",
    direction: "right",
    width: 1158,
    height: 136,
    states: [
      {"id":"opening","name":"opening","parent":null,"type":"atomic","initial":true,"x":45,"y":68,"width":84,"height":34,"header":34,"lines":[]},
      {"id":"recovering","name":"recovering","parent":null,"type":"atomic","initial":false,"x":267,"y":62,"width":104,"height":34,"header":34,"lines":[]},
      {"id":"running","name":"running","parent":null,"type":"atomic","initial":false,"x":514,"y":38,"width":82,"height":34,"header":34,"lines":[]},
      {"id":"draining","name":"draining","parent":null,"type":"atomic","initial":false,"x":686,"y":14,"width":86,"height":34,"header":34,"lines":[]},
      {"id":"closing","name":"closing","parent":null,"type":"atomic","initial":false,"x":862,"y":47,"width":77,"height":34,"header":34,"lines":[]},
      {"id":"closed","name":"closed","parent":null,"type":"final","initial":false,"x":1072,"y":69,"width":72,"height":34,"header":34,"lines":[]},
    ],
    edges: [
      {"id":"opening -> recovering","from":"opening","to":"recovering","points":[{"x":129,"y":79},{"x":267,"y":79}],"labels":[{"text":"stores.opened","title":"stores.opened","x":157,"y":70,"width":88,"height":16,"transitions":["t1"]}]},
      {"id":"opening -> closed","from":"opening","to":"closed","points":[{"x":129,"y":91},{"x":143,"y":91},{"x":143,"y":112},{"x":1058,"y":112},{"x":1058,"y":92},{"x":1072,"y":92}],"labels":[{"text":"failed","title":"failed","x":180,"y":103,"width":42,"height":16,"transitions":["t2"]}]},
      {"id":"recovering -> running","from":"recovering","to":"running","points":[{"x":371,"y":73},{"x":385,"y":73},{"x":385,"y":55},{"x":514,"y":55}],"labels":[{"text":"runs.recovered","title":"runs.recovered","x":399,"y":46,"width":93,"height":16,"transitions":["t3"]}]},
      {"id":"recovering -> closing","from":"recovering","to":"closing","points":[{"x":371,"y":85},{"x":385,"y":85},{"x":385,"y":88},{"x":848,"y":88},{"x":848,"y":73},{"x":862,"y":73}],"labels":[{"text":"close","title":"close","x":425.5,"y":79,"width":40,"height":16,"transitions":["t4"]}]},
      {"id":"running -> draining","from":"running","to":"draining","points":[{"x":596,"y":49},{"x":610,"y":49},{"x":610,"y":31},{"x":686,"y":31}],"labels":[{"text":"drain","title":"drain","x":624,"y":22,"width":40,"height":16,"transitions":["t5"]}]},
      {"id":"running -> closing","from":"running","to":"closing","points":[{"x":596,"y":61},{"x":610,"y":61},{"x":610,"y":64},{"x":862,"y":64}],"labels":[{"text":"close","title":"close","x":624,"y":55,"width":40,"height":16,"transitions":["t6"]}]},
      {"id":"draining -> closing","from":"draining","to":"closing","points":[{"x":772,"y":31},{"x":848,"y":31},{"x":848,"y":56},{"x":862,"y":56}],"labels":[{"text":"close","title":"close","x":794,"y":22,"width":40,"height":16,"transitions":["t7"]}]},
      {"id":"closing -> closed","from":"closing","to":"closed","points":[{"x":939,"y":64},{"x":1058,"y":64},{"x":1058,"y":80},{"x":1072,"y":80}],"labels":[{"text":"stores.closed","title":"stores.closed","x":961,"y":47,"width":83,"height":16,"transitions":["t8"]},{"text":"failed","title":"failed","x":961,"y":63,"width":83,"height":16,"transitions":["t9"]}]},
    ],
    initials: [
      {"state":"opening","x":18.5,"y":84.5,"points":[{"x":23,"y":85},{"x":45,"y":85}]},
    ],
  },
  down: {
    id: "supervisor",
    direction: "down",
    width: 243,
    height: 653,
    states: [
      {"id":"opening","name":"opening","parent":null,"type":"atomic","initial":true,"x":60,"y":49,"width":84,"height":34,"header":34,"lines":[]},
      {"id":"recovering","name":"recovering","parent":null,"type":"atomic","initial":false,"x":36,"y":157,"width":104,"height":34,"header":34,"lines":[]},
      {"id":"running","name":"running","parent":null,"type":"atomic","initial":false,"x":29.5,"y":265,"width":82,"height":34,"header":34,"lines":[]},
      {"id":"draining","name":"draining","parent":null,"type":"atomic","initial":false,"x":14,"y":373,"width":86,"height":34,"header":34,"lines":[]},
      {"id":"closing","name":"closing","parent":null,"type":"atomic","initial":false,"x":91.5,"y":481,"width":77,"height":34,"header":34,"lines":[]},
      {"id":"closed","name":"closed","parent":null,"type":"final","initial":false,"x":106,"y":605,"width":72,"height":34,"header":34,"lines":[]},
    ],
    edges: [
      {"id":"opening -> recovering","from":"opening","to":"recovering","points":[{"x":88,"y":83},{"x":88,"y":157}],"labels":[{"text":"stores.opened","title":"stores.opened","x":44,"y":113,"width":88,"height":16,"transitions":["t1"]}]},
      {"id":"opening -> closed","from":"opening","to":"closed","points":[{"x":116,"y":83},{"x":116,"y":97},{"x":208,"y":97},{"x":208,"y":591},{"x":154,"y":591},{"x":154,"y":605}],"labels":[{"text":"failed","title":"failed","x":187,"y":329,"width":42,"height":16,"transitions":["t2"]}]},
      {"id":"recovering -> running","from":"recovering","to":"running","points":[{"x":70.5,"y":191},{"x":70.5,"y":265}],"labels":[{"text":"runs.recovered","title":"runs.recovered","x":24,"y":221,"width":93,"height":16,"transitions":["t3"]}]},
      {"id":"recovering -> closing","from":"recovering","to":"closing","points":[{"x":105.5,"y":191},{"x":105.5,"y":205},{"x":159,"y":205},{"x":159,"y":467},{"x":149.5,"y":467},{"x":149.5,"y":481}],"labels":[{"text":"close","title":"close","x":139,"y":329,"width":40,"height":16,"transitions":["t4"]}]},
      {"id":"running -> draining","from":"running","to":"draining","points":[{"x":57,"y":299},{"x":57,"y":373}],"labels":[{"text":"drain","title":"drain","x":37,"y":329,"width":40,"height":16,"transitions":["t5"]}]},
      {"id":"running -> closing","from":"running","to":"closing","points":[{"x":84.5,"y":299},{"x":84.5,"y":313},{"x":130,"y":313},{"x":130,"y":481}],"labels":[{"text":"close","title":"close","x":110,"y":382,"width":40,"height":16,"transitions":["t6"]}]},
      {"id":"draining -> closing","from":"draining","to":"closing","points":[{"x":57,"y":407},{"x":57,"y":467},{"x":111,"y":467},{"x":111,"y":481}],"labels":[{"text":"close","title":"close","x":37,"y":435,"width":40,"height":16,"transitions":["t7"]}]},
      {"id":"closing -> closed","from":"closing","to":"closed","points":[{"x":130,"y":515},{"x":130,"y":605}],"labels":[{"text":"stores.closed","title":"stores.closed","x":88.5,"y":543,"width":83,"height":16,"transitions":["t8"]},{"text":"failed","title":"failed","x":88.5,"y":559,"width":83,"height":16,"transitions":["t9"]}]},
    ],
    initials: [
      {"state":"opening","x":102,"y":18.5,"points":[{"x":102,"y":23},{"x":102,"y":49}]},
    ],
  },
};
