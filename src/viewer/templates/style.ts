/** The page's style sheet: system font, light and dark, one column on narrow screens. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #dfe3e8; --text: #1c2127; --muted: #5b6570; --accent: #3b5bdb;
  --hover: #eef2ff; --good: #1b6e3c; --good-back: #e3f5e9; --bad: #9a3412; --bad-back: #fdeee4; --code: #f1f3f5;
  --error: #b42318; --on-accent: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1c2026; --line: #31373f; --text: #e6e9ec; --muted: #9aa4ae; --accent: #91a7ff;
    --hover: #232a3a; --good: #7bd99b; --good-back: #17342a; --bad: #ffb089; --bad-back: #3c2419; --code: #12151a;
    --error: #ff9b90; --on-accent: #10131a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0 0 .25rem; }
a { color: var(--accent); }
code, pre { font: .875rem/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
pre { margin: 0; padding: 1rem; background: var(--code); border-radius: 8px; overflow: auto; max-height: 75vh; }
pre.text { white-space: pre-wrap; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.muted { color: var(--muted); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .75rem; padding: .25rem .75rem; background: var(--card); z-index: 1; }

.bar { display: flex; justify-content: space-between; align-items: center; padding: .6rem 1rem;
  background: var(--card); border-bottom: 1px solid var(--line); }
.brand { display: flex; gap: .55rem; align-items: center; color: inherit; font-weight: 650; text-decoration: none; }

button, input { font: inherit; color: inherit; border-radius: 8px; padding: .5rem .9rem; border: 1px solid var(--line); }
input { background: var(--card); width: 100%; min-width: 0; }
button { background: var(--accent); color: var(--on-accent); border-color: transparent; cursor: pointer; font-weight: 550; }
button.quiet { background: none; color: var(--muted); font-weight: 400; padding: .25rem .6rem; border-color: var(--line); }
button:hover { filter: brightness(1.08); }
.search { display: flex; gap: .5rem; margin-bottom: 1.25rem; }
.stack { display: grid; gap: .6rem; }
.error { color: var(--error); margin: 0; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; }
.narrow { max-width: 26rem; margin: 8vh auto 0; }
.empty { margin: 0; }
.empty pre { margin-top: 1rem; }
.heading { display: flex; justify-content: space-between; align-items: center; margin-bottom: .6rem; }
.live { margin: 0; font-size: .85rem; }

.mails { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; overflow: hidden; }
.mails li + li { border-top: 1px solid var(--line); }
.mail { display: grid; grid-template: 'from tags time' auto 'subject tags size' auto 'to tags size' auto / 1fr auto 12.5rem;
  gap: 0 1rem; padding: .7rem 1rem; color: inherit; text-decoration: none; }
.mail:hover { background: var(--hover); }
.mail:focus-visible { outline-offset: -3px; border-radius: 12px; }
.from { grid-area: from; font-size: .9rem; }
.subject { grid-area: subject; font-weight: 600; }
.to { grid-area: to; font-size: .9rem; }
.from, .subject, .to { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tags { grid-area: tags; align-self: center; display: flex; flex-wrap: wrap; gap: .35rem; justify-content: end; max-width: 16rem; }
.time { grid-area: time; font-size: .85rem; text-align: right; white-space: nowrap; }
.size { grid-area: size; font-size: .85rem; text-align: right; }
.tag { display: inline-block; max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  vertical-align: bottom; padding: .05rem .55rem; border-radius: 99px; font-size: .8rem; background: var(--code); }
.good { color: var(--good); background: var(--good-back); }
.bad { color: var(--bad); background: var(--bad-back); }
.pages { margin-top: 1rem; text-align: center; }

.back { margin: 0 0 .75rem; }
.facts { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; margin: 1rem 0; padding: 1rem 1.25rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
dl { margin: 0; min-width: 0; }
dl div { display: grid; grid-template-columns: 8rem 1fr; gap: .75rem; padding: .2rem 0; }
dt { color: var(--muted); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.warning { padding: .6rem 1rem; border-radius: 8px; color: var(--bad); background: var(--bad-back); }
.attachments { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0 0 1rem; padding: 0; font-size: .9rem; }
.attachments li { padding: .3rem .8rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  overflow-wrap: anywhere; }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem; border-bottom: 1px solid var(--line); }
.tabs a { padding: .45rem .9rem; color: var(--muted); text-decoration: none; border-bottom: 3px solid transparent; }
.tabs a:hover { color: var(--text); }
.tabs a[aria-current] { color: var(--text); font-weight: 600; border-color: var(--accent); }
.tabs .download { margin-left: auto; }
.pane { padding-top: 1rem; overflow-x: auto; }
.note { font-size: .85rem; margin: .5rem 0 0; }
iframe { display: block; width: 100%; height: 70vh; border: 1px solid var(--line); border-radius: 8px;
  background: #fff; color-scheme: light; }
table { width: 100%; border-collapse: collapse; background: var(--card); font-size: .9rem; }
th, td { padding: .4rem .75rem; text-align: left; vertical-align: top; border: 1px solid var(--line); }
tbody th { font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; }

@media (max-width: 45rem) {
  .facts { grid-template-columns: 1fr; }
  dl div { grid-template-columns: 7.2rem 1fr; }
  .tabs a { padding: .45rem .4rem; font-size: .95rem; }
  .mail { grid-template: 'from time' auto 'subject subject' auto 'to to' auto 'tags size' auto / 1fr auto; gap: .1rem .75rem; }
  .time span { display: none; }
  .tags { justify-content: start; align-self: auto; margin-top: .25rem; }
  .size { align-self: end; }
  tbody th { white-space: normal; overflow-wrap: anywhere; width: 8rem; }
}
`;
