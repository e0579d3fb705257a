/**
 * The style of what `drawChart` draws. Every colour is a variable that the page around may set: `--chart-back`,
 * `--chart-state`, `--chart-inner`, `--chart-border`, `--chart-text`, `--chart-muted`, `--chart-line`, `--chart-accent`,
 * `--chart-accent-soft`, `--chart-on-accent`, `--chart-good`, `--chart-bad`, `--chart-font`. Without them it is light or dark as the reader
 * has asked for.
 */
export const CHART_STYLE = `
.chart {
  --back: var(--chart-back, #ffffff);
  --state: var(--chart-state, #ffffff);
  --inner: var(--chart-inner, #f6f8fb);
  --border: var(--chart-border, #c5cedb);
  --ink: var(--chart-text, #1b2430);
  --muted: var(--chart-muted, #566375);
  --line: var(--chart-line, #97a3b4);
  --accent: var(--chart-accent, #2f6bde);
  --soft: var(--chart-accent-soft, #e6eefc);
  --on-accent: var(--chart-on-accent, #ffffff);
  --good: var(--chart-good, #1c7f4a);
  --bad: var(--chart-bad, #c4353b);
  font-family: var(--chart-font, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif);
  max-width: 100%;
  height: auto;
}
@media (prefers-color-scheme: dark) {
  .chart {
    --back: var(--chart-back, #10151d);
    --state: var(--chart-state, #1c2430);
    --inner: var(--chart-inner, #151b25);
    --border: var(--chart-border, #3a4657);
    --ink: var(--chart-text, #e6ebf2);
    --muted: var(--chart-muted, #9aa7b8);
    --line: var(--chart-line, #66748a);
    --accent: var(--chart-accent, #6ea0ff);
    --soft: var(--chart-accent-soft, #1d3157);
    --on-accent: var(--chart-on-accent, #0b1320);
    --good: var(--chart-good, #55c98a);
    --bad: var(--chart-bad, #ff7b7e);
  }
}
.chart .chart-back { fill: var(--back); }
.chart .state-box { fill: var(--state); stroke: var(--border); stroke-width: 1.25; }
.chart .state-compound > .state-box, .chart .state-parallel > .state-box { fill: var(--inner); }
.chart .state-parallel > .state-box { stroke-dasharray: 6 4; }
.chart .state-rule { fill: none; stroke: var(--border); stroke-width: 1; opacity: 0.7; }
.chart .state-ring { fill: none; stroke: var(--border); stroke-width: 1; }
.chart .state-name { fill: var(--ink); font-size: 13px; font-weight: 600; }
.chart .state-line { fill: var(--muted); font-size: 10.5px; }
.chart .state-active > .state-box { stroke: var(--accent); stroke-width: 2; }
.chart .state-active:not(.state-compound):not(.state-parallel) > .state-box { fill: var(--soft); }
.chart .state-active > .state-ring { stroke: var(--accent); }
.chart .edge-line { fill: none; stroke: var(--line); stroke-width: 1.4; }
.chart .edge-head { fill: var(--line); stroke: var(--line); stroke-width: 0.8; stroke-linejoin: round; }
.chart .initial-dot { fill: var(--line); }
.chart .edge-taken > .edge-line { stroke: var(--accent); stroke-width: 1.8; }
.chart .edge-taken > .edge-head { fill: var(--accent); stroke: var(--accent); }
.chart .edge-last > .edge-line { stroke-width: 3; }
.chart .label-box { fill: var(--back); stroke: var(--border); stroke-width: 1; }
.chart .label-text { fill: var(--muted); font-size: 10.5px; }
.chart .label-taken > .label-box { stroke: var(--accent); }
.chart .label-taken > .label-text-taken { fill: var(--ink); font-weight: 500; }
.chart .label-last > .label-box { stroke-width: 1.75; }
.chart .count-box { fill: var(--accent); }
.chart .count-text { fill: var(--on-accent); font-size: 10px; font-weight: 700; font-variant-numeric: tabular-nums; }
.chart[data-chart="run"] .state-active[data-state="completed"] > rect { stroke: var(--good); }
.chart[data-chart="run"] .state-active[data-state="failed"] > rect { stroke: var(--bad); }
`;
