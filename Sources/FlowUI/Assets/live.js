// Keeps a page up to date: asks for the same page again and takes over the parts that are marked as live.
"use strict";
(() => {
  const every = Number(document.body.dataset.every) || 0;
  const light = document.getElementById("light");
  let tag = "";
  let misses = 0;

  function tell(state, words) {
    if (!light) return;
    light.dataset.state = state;
    light.textContent = words;
  }

  // What a reader opened or scrolled stays so.
  function carry(old, fresh) {
    const opened = old.querySelectorAll("details");
    fresh.querySelectorAll("details").forEach((element, at) => {
      if (opened[at]) element.open = opened[at].open;
    });
  }

  function follow(old, replace) {
    const boxes = [...old.querySelectorAll("[data-follow]")];
    const places = boxes.map(box =>
      box.scrollHeight - box.scrollTop - box.clientHeight < 24 ? -1 : box.scrollTop);
    replace();
    old.querySelectorAll("[data-follow]").forEach((box, at) => {
      box.scrollTop = places[at] === undefined || places[at] < 0 ? box.scrollHeight : places[at];
    });
  }

  function take(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    document.title = page.title;
    document.body.dataset.every = page.body.dataset.every;
    for (const fresh of page.querySelectorAll("[data-live]")) {
      const old = document.getElementById(fresh.id);
      if (!old || old.innerHTML === fresh.innerHTML) continue;
      carry(old, fresh);
      follow(old, () => old.replaceChildren(...fresh.childNodes));
      // For Tests/Browser.
      document.documentElement.dataset.updates = Number(document.documentElement.dataset.updates || 0) + 1;
    }
  }

  async function refresh() {
    if (document.hidden) return;
    try {
      const reply = await fetch(location.pathname + location.search, {
        cache: "no-store",
        headers: tag ? { "If-None-Match": tag } : {},
      });
      if (reply.status === 403 || reply.status === 421) {
        tell("gone", "another flow ui is here now: open its address");
        return;
      }
      if (reply.status !== 304) {
        tag = reply.headers.get("ETag") || "";
        take(await reply.text());
      }
      misses = 0;
      tell("on", "live");
    } catch {
      misses += 1;
      if (misses > 1) tell("gone", "flow ui has ended: this is the last it said");
    }
  }

  async function loop() {
    await refresh();
    const pause = Number(document.body.dataset.every) || every;
    setTimeout(loop, Math.min(pause * (1 + misses), 15000));
  }

  // For Tests/Browser: by how much the page is wider than its window.
  document.documentElement.dataset.overflow =
    Math.max(0, document.documentElement.scrollWidth - window.innerWidth);

  document.querySelectorAll("[data-follow]").forEach(box => { box.scrollTop = box.scrollHeight; });
  if (every > 0) {
    setTimeout(loop, every);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  }
})();
