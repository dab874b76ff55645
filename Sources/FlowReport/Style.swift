/// The page's looks: light and dark, screen and paper.
package enum Style {
  /// Line colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008,
  /// https://jfly.uni-koeln.de/color/), which the common kinds of colour blindness keep apart; yellow is left out, as it
  /// cannot be seen on white. For the dark page they are lightened.
  package static let sheet: HTML = """

    :root {
      color-scheme: light dark;
      --page: #fbfbfa; --card: #ffffff; --ink: #1c2024; --faint: #5f6770; --rule: #dfe2e5; --grid: #e8eaec;
      --done: #1a7f4b; --reused: #2f6f9f; --failed: #c02d1d; --warn: #9a5b00; --idle: #6b737c; --wash: #f1f3f4;
      --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #e69f00; --c5: #56b4e9; --c6: #5b4ea3; --c7: #444b52;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #15181b; --card: #1c2024; --ink: #e7e9eb; --faint: #9aa3ac; --rule: #343a40; --grid: #2b3036;
        --done: #5cc98d; --reused: #78b4e0; --failed: #ff8474; --warn: #e8b25c; --idle: #9aa3ac; --wash: #23282d;
        --c0: #5aaeea; --c1: #ff8b45; --c2: #3fcfa4; --c3: #e59cc6; --c4: #f0b840; --c5: #8fd0f5; --c6: #a99cf0; --c7: #c3c9cf;
      }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    main { max-width: 1140px; margin: 0 auto; padding: 28px 24px 64px; }
    h1 { font-size: 26px; line-height: 1.25; margin: 0 0 6px; overflow-wrap: anywhere; }
    h1 .status { font-size: 15px; vertical-align: 3px; margin-left: 8px; }
    h2 { font-size: 18px; margin: 36px 0 10px; }
    h3 { font-size: 15px; margin: 18px 0 6px; overflow-wrap: anywhere; }
    p { margin: 6px 0; }
    code, pre, .path { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.87em; }
    td, code, pre, .path, dd { unicode-bidi: isolate; }
    .path, dd code, td code { overflow-wrap: anywhere; }
    .faint { color: var(--faint); font-weight: normal; }
    .note { color: var(--faint); font-size: 13px; }
    .note.warning { color: var(--warn); }
    .status { display: inline-block; font-size: 13px; font-weight: 600; line-height: 1; padding: 4px 8px; border-radius: 5px;
      white-space: nowrap; color: var(--tone, var(--idle)); border: 1px solid currentColor; }
    .done { --tone: var(--done); } .reused { --tone: var(--reused); } .failed { --tone: var(--failed); }
    .cancelled, .interrupted { --tone: var(--warn); } .running { --tone: var(--c0); } .skipped, .waiting { --tone: var(--idle); }
    td .status { border: 0; padding: 0; }
    .facts { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 12px 0 0; font-size: 14px; }
    .facts div { display: flex; gap: 8px; } dt { color: var(--faint); } dd { margin: 0; }
    .failure { background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--failed); border-radius: 6px; padding: 10px 16px; margin: 10px 0; }
    .failure h3 { margin: 4px 0; } .message { white-space: pre-wrap; overflow-wrap: anywhere; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: 14px; margin: 4px 0; }
    th, td { text-align: left; padding: 5px 18px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
    th { font-weight: 600; font-size: 13px; color: var(--faint); white-space: nowrap; }
    td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .hash { color: var(--faint); white-space: nowrap; }
    details { margin: 6px 0; } summary { cursor: pointer; overflow-wrap: anywhere; }
    details > *:not(summary) { margin-left: 18px; }
    pre { background: var(--wash); border-radius: 6px; padding: 10px 14px; overflow-x: auto; line-height: 1.45; }
    .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(500px, 100%), 1fr)); gap: 16px; align-items: start; }
    .chart { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 14px 10px; min-width: 0; }
    figcaption { margin-bottom: 6px; line-height: 1.35; overflow-wrap: anywhere; } figcaption .faint { font-size: 13px; }
    .chart > svg { display: block; width: 100%; height: auto; }
    .legend { list-style: none; margin: 4px 0 0; padding: 0; font-size: 13px; display: flex; flex-wrap: wrap; gap: 2px 18px; }
    div.legend table { font-size: 13px; } div.legend th, div.legend td { padding: 2px 16px 2px 0; border: 0; }
    .legend li { overflow-wrap: anywhere; }
    svg text { fill: var(--ink); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
    svg .axes text { fill: var(--faint); font-size: 11.5px; } svg .axes .label { font-size: 12px; }
    svg .grid { stroke: var(--grid); fill: none; } svg .axis, svg .tick { stroke: var(--faint); fill: none; }
    svg .level { stroke: var(--faint); stroke-dasharray: 2 3; fill: none; } svg .level-name { fill: var(--faint); font-size: 11.5px; paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
    svg .line { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; } svg .line.pale { stroke-width: 1; opacity: 0.35; stroke-dasharray: none; }
    svg circle { fill: var(--line); } svg .gap { fill: none; stroke: var(--line); stroke-width: 1.5; }
    .color-0 { --line: var(--c0); } .color-1 { --line: var(--c1); } .color-2 { --line: var(--c2); } .color-3 { --line: var(--c3); }
    .color-4 { --line: var(--c4); } .color-5 { --line: var(--c5); } .color-6 { --line: var(--c6); } .color-7 { --line: var(--c7); }
    .dash-1 .line { stroke-dasharray: 6 4; } .dash-2 .line { stroke-dasharray: 2 4; } .dash-3 .line { stroke-dasharray: 9 3 2 3; }
    .graph, .timeline { display: block; }
    .edge { fill: none; stroke: var(--idle); stroke-width: 1.4; } #arrow path { fill: var(--idle); }
    .node > rect:first-of-type { fill: var(--card); stroke: var(--tone); stroke-width: 1.3; }
    svg rect.bar { fill: var(--tone); stroke: none; } .node .name { font-weight: 600; font-size: 13px; }
    .node .operation, .node .count { fill: var(--faint); font-size: 11.5px; } .node .state { fill: var(--tone); font-size: 11.5px; font-weight: 600; }
    .timeline .took, .timeline .reuse { fill: var(--faint); font-size: 11.5px; } .timeline .reuse { fill: var(--reused); }
    .measure { white-space: nowrap; } .meter { margin-right: 8px; vertical-align: 0; } .meter .rail { fill: var(--wash); stroke: none; } .meter .fill { fill: var(--reused); } .meter.over .fill { fill: var(--warn); }
    svg a { cursor: pointer; } svg a:hover .name, svg a:focus .name { text-decoration: underline; }
    @media print {
      :root { --page: #fff; --card: #fff; }
      main { max-width: none; padding: 0; } .chart, .failure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
      .scroll { overflow: visible; } td { overflow-wrap: anywhere; } table { font-size: 12px; } .graph, .timeline { max-width: 100%; height: auto; }
      details::details-content { content-visibility: visible; display: block; height: auto; } pre { white-space: pre-wrap; }
    }

    """
}
