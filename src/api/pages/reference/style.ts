/** Of the reference; nothing from elsewhere, light and dark by the reader's own setting. */
export const REFERENCE_STYLE = `:root{color-scheme:light dark;--line:light-dark(#e3e6ea,#30363d);--soft:light-dark(#5b6570,#9aa4af);--back:light-dark(#fff,#0d1117);--panel:light-dark(#f6f8fa,#161b22);--link:light-dark(#0b57d0,#79b8ff);--ink:light-dark(#1b1f24,#e6edf3)}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--back);display:grid;grid-template-columns:19rem minmax(0,1fr)}
a{color:inherit;text-decoration:none}a:hover{text-decoration:underline}p a,dd a,.type a{color:var(--link)}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.25rem 1rem;border-right:1px solid var(--line);font-size:13px}
nav .brand{margin:0 0 1rem;font-size:16px;font-weight:650}
nav ul{list-style:none;margin:0;padding:0}
nav>ul>li{margin-bottom:.9rem}nav>ul>li>a{font-weight:600}
nav ul ul{margin-top:.25rem}
nav ul ul a{display:grid;grid-template-columns:3.2rem minmax(0,1fr);gap:.4rem;align-items:start;padding:.1rem 0;overflow-wrap:anywhere;color:var(--soft)}nav ul ul a:hover{color:var(--ink)}
main{padding:2rem 2.5rem 6rem;max-width:88rem}
h1{font-size:30px;margin:0 0 .25rem}
h2{font-size:23px;margin:3.5rem 0 .25rem;padding-top:1.5rem;border-top:1px solid var(--line)}
h3{font-size:17px;margin:0 0 .4rem}
h4{font-size:12px;margin:1.25rem 0 .35rem;color:var(--soft);font-weight:600;text-transform:uppercase;letter-spacing:.04em}
.version,.roles,.note,.bounds{color:var(--soft)}.roles{font-size:13px;margin:.25rem 0}
.introduction{max-width:50rem}
dl{display:grid;grid-template-columns:11rem 1fr;gap:.4rem 1rem}dt{font-weight:600}dd{margin:0}
.operation{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 2.5rem;padding:1.75rem 0;border-top:1px solid var(--line)}
.operation:target,.schema:target{box-shadow:-1rem 0 0 var(--back),-1.2rem 0 0 var(--link)}
.route{margin:0;overflow-wrap:anywhere}
.method{display:inline-block;min-width:3.6rem;font:600 11px/1.7 ui-monospace,Menlo,Consolas,monospace;text-align:center;border-radius:4px;color:#fff;background:#57606a}
nav .method{min-width:3.2rem;font-size:10px;line-height:1.5}
.get{background:#1a6fb5}.post{background:#1a7f37}.put{background:#8a5300}.patch{background:#7d4e9e}.delete{background:#b3261e}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.45rem .75rem .45rem 0;border-top:1px solid var(--line);font-weight:400}
tr:first-child th,tr:first-child td{border-top:0}
th{width:36%;overflow-wrap:anywhere}
.required{color:light-dark(#b3261e,#ff8a80);font-size:11px}
.type{color:var(--soft);font-size:13px}.note,.bounds{display:block;font-size:13px}.note{color:var(--ink)}
.status{display:inline-block;font:600 12px/1.6 ui-monospace,Menlo,Consolas,monospace;padding:0 .4rem;border:1px solid var(--line);border-radius:4px}
.answer p{margin:.25rem 0}
pre{margin:0;padding:.8rem 1rem;overflow:auto;max-height:26rem;border:1px solid var(--line);border-radius:6px;background:var(--panel)}
pre .name{color:light-dark(#0b4f9e,#79b8ff)}pre .text{color:light-dark(#17692f,#7ee2a0)}pre .literal{color:light-dark(#8a3b00,#ffb77c)}
details{margin-top:1.25rem}summary{cursor:pointer;color:var(--soft);font-size:13px}
.schema{padding:1.25rem 0;border-top:1px solid var(--line);max-width:52rem}
@media (max-width:75rem){.operation{grid-template-columns:minmax(0,1fr)}}
@media (max-width:52rem){body{grid-template-columns:minmax(0,1fr)}nav{position:static;height:auto;max-height:40vh;border-right:0;border-bottom:1px solid var(--line)}main{padding:1.25rem}dl{grid-template-columns:1fr}}`;
