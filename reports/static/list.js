// Whoever opens a call from a list of calls can go on to the next of that list: its pages are remembered.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-list] a[href]");
    if (!link) return;
    const own = Array.from(link.closest("[data-list]").querySelectorAll("a[href*='calls/']"), (one) => one.href);
    const seen = new Set();
    const paths = own.filter((href) => {
      const page = href.split("#")[0];
      return !seen.has(page) && seen.add(page);
    });
    try {
      window.sessionStorage.setItem("callqa.list", JSON.stringify({ back: window.location.href, paths }));
    } catch {
      /* without it the call's page goes on by time */
    }
  });
})();
