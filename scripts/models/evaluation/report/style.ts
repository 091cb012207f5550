import { fontFamily } from './draw.js';
import { customProperties, dark, light } from './palette.js';

/** Of the page. Tables scroll by themselves where they are wider than it. */
export const style = `
:root{${customProperties(light)};--page:#f6f7f9;--note:#fff6e0;--note-edge:#d99a00;--link:#0064a8;--shade:0 1px 2px rgb(20 30 40/.07),0 4px 16px rgb(20 30 40/.05)}
@media (prefers-color-scheme:dark){:root{${customProperties(dark)};--page:#0d1117;--note:#2b2413;--note-edge:#c99a2e;--link:#7cc0ff;--shade:0 0 0 1px #2c3540}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 ${fontFamily}}
header,main{max-width:1400px;margin:0 auto;padding:0 24px}
header{padding-top:48px;padding-bottom:8px}
h1{font-size:2.1rem;line-height:1.15;letter-spacing:-.02em;margin:0 0 .35rem;text-wrap:balance}
header p{margin:0;color:var(--muted)}
nav ul{display:flex;flex-wrap:wrap;gap:6px 8px;padding:0;margin:20px 0 0;list-style:none}
nav a{display:block;padding:4px 12px;border:1px solid var(--grid);border-radius:999px;background:var(--paper);color:var(--link);font-size:.875rem;text-decoration:none}
nav a:hover,nav a:focus-visible{border-color:var(--link)}
section{background:var(--paper);border-radius:14px;box-shadow:var(--shade);padding:28px 32px 32px;margin:20px 0}
h2{font-size:1.4rem;letter-spacing:-.01em;line-height:1.25;margin:0 0 .6rem;scroll-margin-top:16px}
h3{font-size:1.05rem;margin:1.6rem 0 .5rem}
h4{font-size:1rem;margin:1.8rem 0 .4rem}
p,li{max-width:78ch}
p{margin:.4rem 0 .9rem}
section>ul{padding-left:1.2rem;margin:.4rem 0 1rem}
section>ul>li{margin:.3rem 0}
.note{background:var(--note);border-left:4px solid var(--note-edge);border-radius:0 8px 8px 0;padding:10px 14px}
.charts{display:grid;gap:20px;margin:1rem 0 1.4rem}
.of-2{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
.of-3{grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr))}
figure{margin:0;min-width:0;max-width:620px}
figure svg{display:block;width:100%;height:auto}
figcaption{font-weight:600;font-size:.9rem;margin:0 0 .3rem}
.unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.table{overflow-x:auto;margin:1rem 0 1.2rem}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;min-width:min(100%,520px)}
caption{text-align:left;font-weight:600;padding-bottom:6px;font-size:.9rem}
th,td{text-align:left;padding:6px 16px 6px 0;vertical-align:baseline;white-space:nowrap;font-weight:400}
td.long{white-space:normal;overflow-wrap:anywhere;min-width:28ch}
thead th{color:var(--muted);font-size:.8rem;border-bottom:1.5px solid var(--muted);padding-right:16px}
tbody th{font-weight:600}
tbody tr.first>*{border-top:1px solid var(--grid)}
tbody tr:first-child>*{border-top:0}
th.repeated{color:transparent}
th.figure,td.figure{text-align:right}
.interval{color:var(--muted);font-size:.92em}
@media (max-width:640px){header,main{padding:0 12px}header{padding-top:28px}section{padding:20px 16px}h1{font-size:1.6rem}}
@media print{body{background:#fff}section{box-shadow:none;break-inside:auto;padding:12px 0}figure,tr{break-inside:avoid}nav{display:none}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
`;
