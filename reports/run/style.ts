// The looks of the page: system type, one column, colours as variables with a light and a dark set.
//
// Blue against orange is told apart by all common kinds of colour blindness, and every place that
// uses them also has a sign or a shape. Text reaches a contrast of 4.5 to 1 on its ground.

const LIGHT = `
  --page: #ffffff; --raised: #f6f7f9; --text: #1a1f26; --soft: #566070; --rule: #dfe3e8;
  --first: #0b63b8; --second: #7a828e; --price: #59636f;
  --up: #0a5ca8; --down: #a84a00; --up-area: #2f86d6; --down-area: #e8862e;
  --warn: #fff6e5; --warn-rule: #d9952b; --loud: #7a3300; --loud-text: #ffffff;
  --sure: #e8f1fb; --sure-rule: #0b63b8;`;

const DARK = `
  --page: #11151a; --raised: #1a2027; --text: #e4e8ed; --soft: #9aa5b3; --rule: #2c343e;
  --first: #62b0f5; --second: #8c96a3; --price: #97a2af;
  --up: #79bcf7; --down: #f2a15c; --up-area: #3b82c4; --down-area: #c97428;
  --warn: #2a2212; --warn-rule: #b07c25; --loud: #f2a15c; --loud-text: #1b1206;
  --sure: #12263a; --sure-rule: #62b0f5;`;

const BASE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 3.5rem; }
body { margin: 0 auto; padding: 20px 28px 64px; max-width: 1180px; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 21px; line-height: 1.3; margin: 0 0 16px; letter-spacing: -0.005em; }
h3 { font-size: 16px; margin: 28px 0 8px; }
p { margin: 0 0 12px; max-width: 75ch; }
a { color: var(--up); text-underline-offset: 3px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
section { margin: 56px 0 0; }
small, .remark { color: var(--soft); font-size: 13px; }
.up { color: var(--up); } .down { color: var(--down); }
.head .what { color: var(--soft); margin-bottom: 2px; max-width: none; }
.head .what strong { color: var(--text); font-weight: 600; }
.verdict { font-size: 17px; line-height: 1.45; margin: 10px 0 4px; max-width: none; padding-left: 16px;
  border-left: 4px solid var(--rule); color: var(--text); }
.verdict.up { border-color: var(--up); } .verdict.down { border-color: var(--down); }
.luck { padding-left: 20px; color: var(--soft); } .luck b { color: var(--text); }
.judgement { font-size: 20px; line-height: 1.35; max-width: none; margin: 0 0 14px; padding: 9px 18px;
  border-radius: 10px; border: 2px solid var(--warn-rule); background: var(--warn); }
.judgement b::before { content: '?'; display: inline-grid; place-content: center; width: 1.35em;
  height: 1.35em; margin-right: 0.5em; border-radius: 50%; background: var(--warn-rule);
  color: #1b1206; font-weight: 700; }
.judgement.proven { border-color: var(--sure-rule); background: var(--sure); }
.judgement.proven b::before { content: '✓'; background: var(--sure-rule); color: var(--page); }
.judgement.broken { border-color: var(--loud); background: var(--page); }
.judgement.broken b::before { content: '✕'; background: var(--loud); color: var(--loud-text); border-radius: 6px; }
.banner { background: var(--loud); color: var(--loud-text); padding: 8px 18px; border-radius: 8px;
  max-width: none; margin-bottom: 12px; }
.banner strong { text-transform: uppercase; letter-spacing: 0.06em; margin-right: 8px; }
.warnings, .callout { background: var(--warn); border-left: 4px solid var(--warn-rule);
  border-radius: 0 8px 8px 0; padding: 12px 18px; margin: 20px 0 0; max-width: none; }
.warnings h2 { font-size: 15px; margin: 0 0 4px; }
.warnings ul { margin: 0; padding-left: 18px; } .warnings li { margin: 3px 0; }
.warnings code { color: var(--soft); font-size: 12px; }
.callout { margin: 0 0 24px; } .calm { color: var(--soft); }
footer { margin-top: 64px; padding-top: 20px; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: 13px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 28px 0 -16px; padding: 10px 0;
  font-size: 14px; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
main > section:first-child { margin-top: 18px; } .first-screen { margin-top: 26px; }
.card .remark { line-height: 1.35; }
.cards { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 12px; margin: 0; }
.card { background: var(--raised); border-radius: 10px; padding: 9px 14px 11px; }
.card dt { color: var(--soft); font-size: 13px; }
.card dd { margin: 0; }
.card .range { color: var(--text); font-size: 13px; margin-bottom: 2px; }
.ranges { margin: 10px 0 0; max-width: none; }
.card .value { font-size: 23px; line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; }
`;

const CHARTS = `
figure { margin: 0 0 28px; break-inside: avoid; }
figcaption { margin-bottom: 8px; color: var(--soft); font-size: 14px; }
figcaption b { color: var(--text); font-weight: 600; margin-right: 6px; }
.plot { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif;
  font-variant-numeric: tabular-nums; color: var(--text); }
.plot text { fill: currentColor; }
.plot.narrow { display: none; }
.plot .line { fill: none; stroke-width: 1.1; stroke-linejoin: round; }
.plot .line.first { stroke: var(--first); stroke-width: 1.9; } .plot .line.second { stroke: var(--second); }
.plot .line.fall { stroke: var(--down); } .plot .fall-area { fill: var(--down); fill-opacity: 0.22; }
.plot .line.price { stroke: var(--price); } .plot .line.third { stroke: var(--down-area); }
.key.flat { height: 4px; border-top: 1.5px dashed var(--text); opacity: 0.6; }
.behind summary { color: var(--soft); font-size: 13px; margin: 4px 0 8px; }
.switched { position: relative; } .switched .log { display: none; }
.switch { float: right; display: inline-flex; gap: 2px; font-size: 13px; border: 1px solid var(--rule);
  border-radius: 7px; padding: 2px; margin-left: 12px; }
.switch input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.switch label { padding: 2px 10px; border-radius: 5px; cursor: pointer; color: var(--soft); }
.switch input:checked + label { background: var(--raised); color: var(--text); box-shadow: 0 0 0 1px var(--rule); }
.switch input:focus-visible + label { outline: 2px solid var(--up); }
.switched:has(#scale-log:checked) .linear { display: none; }
.switched:has(#scale-log:checked) .log { display: block; }
.first-screen { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 20rem); gap: 0 36px; align-items: start; }
.first-screen .warnings { margin: 0 0 24px; }
.pairs { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 28px; }
.legend { color: var(--soft); font-size: 14px; }
figcaption .legend { display: block; }
.legend span { display: inline-block; margin-right: 12px; }
p.legend span { white-space: nowrap; }
.key { display: inline-block; width: 22px; height: 10px; margin: 0 5px 0 0; }
.key.thick, .key.thin { height: 4px; border-top: 3px solid var(--first); }
.key.thin { border-top: 1.5px solid var(--second); }
.key.up-triangle, .key.down-triangle { width: 11px; background: var(--up);
  clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.key.down-triangle { background: var(--down); clip-path: polygon(0 0, 100% 0, 50% 100%); }
.key.cross { width: 11px; height: 11px; background: var(--text); vertical-align: -1px;
  clip-path: polygon(15% 0, 50% 35%, 85% 0, 100% 15%, 65% 50%, 100% 85%, 85% 100%, 50% 65%,
  15% 100%, 0 85%, 35% 50%, 0 15%); }
.key.long-span { background: var(--up-area); opacity: 0.3; }
.key.short-span { background: var(--down-area); opacity: 0.3; }
.plot .span { stroke: none; fill-opacity: 0.16; }
.plot .span.long { fill: var(--up-area); } .plot .span.short { fill: var(--down-area); }
.plot .entry { stroke: var(--page); stroke-width: 0.75; paint-order: stroke; }
.plot .entry.long { fill: var(--up); } .plot .entry.short { fill: var(--down); }
.plot .exit { fill: none; stroke: var(--text); stroke-width: 1.5; stroke-linecap: round; }
.plot .crowd .span { fill-opacity: 0.08; }
.plot .crowd .exit { stroke-width: 0.8; stroke-opacity: 0.55; }
.plot .strips { fill: transparent; } .plot .strips path:hover { fill: var(--soft); fill-opacity: 0.16; }
.plot .bar { fill: var(--first); } .plot .bar.up { fill: var(--up-area); } .plot .bar.down { fill: var(--down-area); }
.plot .up-fill { fill: var(--up-area); fill-opacity: 0.22; } .plot .down-fill { fill: var(--down-area); fill-opacity: 0.22; }
.plot .dots { fill: none; stroke-linecap: round; stroke-width: 5; stroke: var(--up-area); stroke-opacity: 0.55; }
.plot .dots.lost { stroke-width: 1.1; stroke: var(--down); stroke-opacity: 0.7; }
.key.line-first, .key.line-second, .key.line-third { height: 4px; border-top: 2.5px solid var(--first); }
.key.line-second { border-color: var(--second); } .key.line-third { border-color: var(--down-area); }
.key.won-dot { width: 9px; height: 9px; border-radius: 50%; background: var(--up-area); }
.weeks .year { display: flex; gap: 12px; align-items: center; margin: 3px 0; font-size: 13px; }
.squares { flex: 1; display: grid; grid-template-columns: repeat(53, minmax(0, 1fr)); gap: 2px; max-width: 940px; }
.week { font-style: normal; font-size: 10px; text-align: center; line-height: 17px; height: 17px; border-radius: 3px; overflow: hidden; }
.week.up { background: color-mix(in srgb, var(--up-area) calc(10% + var(--heat) * 36%), transparent); color: var(--text); }
.week.down { background: color-mix(in srgb, var(--down-area) calc(10% + var(--heat) * 36%), transparent); color: var(--text); }
.lanes .lane { display: grid; grid-template-columns: 14rem 1fr; gap: 12px; font-size: 13px; margin: 4px 0; align-items: center; }
.lanes .lane div { position: relative; height: 14px; background: var(--raised); border-radius: 3px; overflow: hidden; }
.lanes i { position: absolute; top: 0; bottom: 0; min-width: 2px; background: var(--down-area); }
.lanes i.half-open { background: repeating-linear-gradient(45deg, var(--down-area) 0 3px, transparent 3px 6px); }
#market, .live-only { display: none; } .has-chart #market, .has-table .live-only { display: block; }
.has-chart .still, .has-table .still-table, .scripted .still, .scripted .still-table { display: none; }
#chart { position: relative; height: min(74vh, 620px); border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; margin-bottom: 8px; }
#market > .remark { max-width: none; }
#chart:focus-visible { outline: 2px solid var(--up); }
.hover { position: absolute; z-index: 3; top: 8px; left: 10px; font-size: 12px; line-height: 1.45; color: var(--text);
  pointer-events: none; background: color-mix(in srgb, var(--page) 82%, transparent); border-radius: 6px; padding: 2px 6px; max-width: 75%; }
.symbols { margin-bottom: 8px; display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; }
.symbols button, .opened button { font: inherit; font-size: 13px; padding: 3px 11px; border-radius: 6px; border: 1px solid var(--rule);
  background: var(--page); color: var(--text); cursor: pointer; margin: 0 4px 4px 0; }
.symbols button[aria-pressed="true"] { background: var(--raised); border-color: var(--up); font-weight: 600; }
.symbols button:focus-visible, .trades button:focus-visible, .filter select:focus-visible { outline: 2px solid var(--up); outline-offset: 1px; }
.opened { border: 1px solid var(--rule); border-left: 4px solid var(--up); border-radius: 0 8px 8px 0; padding: 14px 18px; margin: 12px 0 0; }
.opened h3 { margin: 0 0 10px; outline: none; } .opened caption { color: var(--soft); font-size: 13px; padding-bottom: 4px; }
.opened table { font-size: 13px; } .opened .scroll { margin-bottom: 16px; } .opened th, .opened td { padding: 4px 10px; }
.opened tbody td:last-child { overflow-wrap: anywhere; }
.facts-of { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 6px 20px; margin: 0 0 16px; }
.facts-of dt { color: var(--soft); font-size: 12px; } .facts-of dd { margin: 0; }
.funnel { list-style: none; margin: 0; padding: 0; }
.funnel li { display: grid; grid-template-columns: 15rem 1fr 6.5rem 4.5rem; gap: 12px;
  align-items: center; padding: 5px 0; }
.funnel .bar { height: 18px; } .funnel .n, .funnel .part { text-align: right; }
.funnel i { display: block; height: 100%; background: var(--up-area); border-radius: 3px; }
.funnel .aside i { background: none; border: 1px dashed var(--second); }
.funnel .part, .funnel .aside { color: var(--soft); }
`;

const TABLES = `
.scroll { overflow-x: auto; margin: 0 0 28px; }
/* A shade at the right edge while there is more beyond it; the cover before it moves with the rows. */
.scroll { background: linear-gradient(to left, var(--page) 60%, transparent) right / 30px 100% no-repeat local,
  linear-gradient(to left, color-mix(in srgb, var(--text) 24%, transparent), transparent) right / 12px 100% no-repeat scroll; }
.scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--up); outline-offset: 2px; }
.scroll.tall { max-height: 80vh; overflow: auto; }
table { border-collapse: collapse; font-size: 14px; }
/* A few columns do not stand a screen apart. */
.scroll > table { min-width: min(100%, calc((1 + var(--columns, 99)) * 8.5rem)); }
caption { text-align: left; }
.caption { color: var(--soft); font-size: 14px; margin: 0 0 6px; }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: top; font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: 13px; white-space: nowrap; vertical-align: bottom; }
.scroll th[scope="row"] { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; } .when { white-space: nowrap; }
small.below { display: block; line-height: 1.3; white-space: normal; }
.setting { float: right; margin-left: 16px; }
.columns { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px 36px; }
.facts { width: 100%; align-self: start; }
.facts caption { font-weight: 600; padding-bottom: 6px; }
.facts small { display: block; line-height: 1.35; } .facts th { padding-left: 0; }
.scroll > .months { min-width: 0; }
.months td, .months th { padding: 8px 7px; min-width: 4.3rem; }
.months .heat { color: var(--text); }
.months .heat.up { background: color-mix(in srgb, var(--up-area) calc(var(--heat) * 40%), transparent); }
.months .heat.down { background: color-mix(in srgb, var(--down-area) calc(var(--heat) * 40%), transparent); }
.months .total { font-weight: 600; }
.trades { font-size: 13px; }
@media (min-width: 1240px) { .scroll.tall { width: min(100vw - 90px, 1480px);
  margin-left: calc(50% - min(50vw - 45px, 740px)); } }
.trades th, .trades td { padding: 4px 9px; white-space: nowrap; }
.trades thead th { position: sticky; top: 0; background: var(--page); box-shadow: 0 1px var(--rule); z-index: 1; }
.trades th[scope="row"] { color: var(--soft); text-align: right; }
.trades td:nth-child(n+6):nth-child(-n+13) { text-align: right; }
.trades .won td:nth-child(10), .trades .won td:nth-child(11) { color: var(--up); }
.trades .lost td:nth-child(10), .trades .lost td:nth-child(11) { color: var(--down); }
.live-trades { height: min(70vh, 640px); } .trades .space td { padding: 0; border: 0; }
.live-trades tbody tr[data-n] { height: 28px; cursor: pointer; } .live-trades tbody tr:hover { background: var(--raised); }
.live-trades tr.chosen { background: var(--sure); }
.live-trades td:nth-child(n+6):nth-child(-n+13) { text-align: right; }
.filter select { font: inherit; font-size: 13px; padding: 5px 8px; border: 1px solid var(--rule); border-radius: 6px; background: var(--page); color: var(--text); max-width: 11rem; }
.trades .gap td { text-align: left; color: var(--soft); padding: 14px 0; }
.trades th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
.trades th button:hover { color: var(--text); text-decoration: underline; }
.filter { margin-bottom: 12px; display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; }
.filter input { font: inherit; padding: 5px 10px; border: 1px solid var(--rule); border-radius: 6px;
  background: var(--page); color: var(--text); min-width: 16rem; max-width: 100%; }
.list { margin: 0 0 24px; } .list div { display: grid; grid-template-columns: 7rem 1fr; gap: 12px; padding: 4px 0; }
.list dt { color: var(--soft); } .list dd { margin: 0; min-width: 0; }
pre { background: var(--raised); border-radius: 8px; padding: 12px 16px; margin: 0 0 10px;
  overflow: auto; }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
details pre { max-height: 60vh; } summary { cursor: pointer; margin-bottom: 10px; }
.copy { font: inherit; font-size: 13px; padding: 4px 12px; margin-bottom: 10px; border-radius: 6px;
  border: 1px solid var(--rule); background: var(--raised); color: var(--text); cursor: pointer; }
`;

const MEDIA = `
@media (max-width: 900px) { .columns, .first-screen { grid-template-columns: minmax(0, 1fr); } .first-screen > .aside { grid-row: 1; } }
@media (max-width: 640px) {
  body { padding: 20px 16px 48px; }
  h1 { font-size: 25px; } section { margin-top: 44px; }
  .verdict { font-size: 18px; padding-left: 12px; } .luck { padding-left: 16px; }
  .cards, .pairs { gap: 10px; } .pairs { grid-template-columns: minmax(0, 1fr); }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .card { padding: 11px 12px 12px; } .card .value { font-size: 21px; }
  .plot.wide { display: none; } .plot.narrow { display: block; }
  .funnel li { grid-template-columns: 1fr auto 4rem; gap: 2px 10px; padding: 7px 0; }
  .funnel .stage { grid-row: 1; } .funnel .n { grid-row: 1; } .funnel .part { grid-row: 1; }
  .funnel .bar { grid-row: 2; grid-column: 1 / -1; height: 12px; }
  .list div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .squares { grid-template-columns: repeat(14, minmax(0, 1fr)); } .week { grid-column: auto !important; }
  .lanes .lane { grid-template-columns: minmax(0, 1fr); gap: 2px; } .judgement { font-size: 18px; padding: 12px 14px; }
  .setting { float: none; margin: 0; display: block; }
  /* Gates one below the other: why one failed is not a swipe away from its name. */
  table[aria-label^="Gates:"] thead { display: none; }
  table[aria-label^="Gates:"] tr { display: grid; grid-template-columns: minmax(0, 1fr) auto;
    padding: 8px 0; border-bottom: 1px solid var(--rule); }
  table[aria-label^="Gates:"] :is(th, td) { border: 0; padding: 2px 0; }
  table[aria-label^="Gates:"] td:nth-child(2) { text-align: right; }
  table[aria-label^="Gates:"] td:nth-child(3) { text-align: left; }
  table[aria-label^="Gates:"] td:nth-child(3)::before { content: "came to "; }
  table[aria-label^="Gates:"] td:nth-child(4)::before { content: "asked for "; }
  table[aria-label^="Gates:"] td:last-child { grid-column: 1 / -1; }
  th, td { padding: 6px 7px; } .months td, .months th { min-width: 0; }
}
@media print {
  body { padding: 0; max-width: none; font-size: 11px; }
  #market, .live-only, #live-table { display: none !important; }
  .has-chart .still, .has-table .still-table, .scripted .still, .scripted .still-table { display: block; }
  nav, .filter, .copy, .switch, .behind { display: none !important; }
  .first-screen { grid-template-columns: minmax(0, 1fr); } .judgement { font-size: 16px; }
  .scroll, .scroll.tall, details pre { overflow: visible; max-height: none; } .scroll { background: none; }
  section { margin-top: 24px; } h2, h3, figcaption, .caption { break-after: avoid; }
  h2 { font-size: 16px; } h3 { font-size: 13px; } figcaption, .caption, .legend { font-size: 11px; }
  tr, .card { break-inside: avoid; } thead { display: table-header-group; }
  .columns { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px 24px; }
  table { font-size: 10px; } small, thead th { font-size: 9px; } th, td { padding: 3px 5px; }
  .scroll table, .scroll table th, .scroll table td { font-size: 8px; }
  .scroll table small { font-size: 7px; } code { font-size: inherit; }
  .verdict { font-size: 15px; } .card .value { font-size: 18px; } .remark { font-size: 10px; }
  .months td, .months th { min-width: 0; padding: 3px 4px; }
  .scroll .trades td, .scroll .trades th { font-size: 6.5px; padding: 1px 3px; }
  .scroll .trades td:last-child { white-space: normal; }
  .trades thead th { position: static; }
  .cards, .funnel, .months, .plot { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

/** The style sheet of the page. */
export const STYLE = BASE + CHARTS + TABLES + MEDIA;
