// A call's page: the next and the one before in the list that one came from; else by time, as written.
(() => {
  "use strict";
  const way = document.querySelector(".way");
  if (!way) return;
  let list = null;
  try {
    list = JSON.parse(window.sessionStorage.getItem("callqa.list"));
  } catch {
    return;
  }
  if (!list || !Array.isArray(list.paths) || typeof list.back !== "string") return;
  const base = new URL(list.back);
  const here = new URL(window.location.href);
  // Addresses that a page before this one wrote down, and nothing else: they stay on this site.
  const own = (path) => {
    const url = new URL(path, base);
    return url.protocol === here.protocol && url.host === here.host ? url : null;
  };
  const pages = list.paths.map(own).filter(Boolean);
  const at = pages.findIndex((page) => page.pathname === here.pathname);
  if (at < 0 || own(list.back) === null) return;
  const set = (name, page) => {
    const link = way.querySelector(`[data-way=${name}]`);
    link.hidden = !page;
    if (page) link.href = page.href;
  };
  set("earlier", pages[at - 1]);
  set("later", pages[at + 1]);
  way.querySelector(".way-at").textContent = `${at + 1} / ${pages.length}`;
  const back = way.querySelector("[data-way=back]");
  back.hidden = false;
  back.href = list.back;
})();
