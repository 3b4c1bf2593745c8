/** How a report looks, in light and in dark. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6472; --ground: #f6f7f9; --card: #fff; --line: #dfe3e8;
  --equity: #2266dd; --price: #7a8494; --fall: #d64545; --gain: #1b8a5a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #98a2b1; --ground: #12161d; --card: #1a202a;
  --line: #2c3542; --equity: #6ea2ff; --price: #8e99aa; --fall: #ff7b7b; --gain: #4fcf95; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem clamp(1rem, 4vw, 4rem); background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .8rem; }
header p, .note { color: var(--soft); margin: .2rem 0 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem; margin-top: 1.2rem;
  overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; }
.tiles dt { color: var(--soft); font-size: .8rem; } .tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .8rem; white-space: nowrap; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; } .gain { color: var(--gain); } .loss { color: var(--fall); }
.chart { min-width: 20rem; } .u-legend { color: var(--soft); font-size: .8rem; }
footer { color: var(--soft); margin-top: 1.2rem; font-size: .8rem; overflow-wrap: anywhere; }
`;
