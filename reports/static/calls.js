// The list of all calls. Its data lie in lists/*.js, which are scripts so that a page on a disk can load
// them; only those of the chosen dates are. What is chosen stands in the address, so that it can be kept.
// In the web application the server is asked for each page of what is chosen (data-search).
const callqa = (() => {
  "use strict";
  const PAGE = 50;
  const fields = Array.from(document.querySelectorAll("#fields [name]"));
  const box = document.getElementById("fields").dataset;
  const body = document.querySelector("#list tbody");
  const found = document.getElementById("found");
  const heads = Array.from(document.querySelectorAll("#list th[data-key]"));
  const loaded = new Map();
  let known = { parts: [], rules: {}, levels: {}, ranks: {}, directions: {} };
  let waiting = 0;
  let page = 0;
  let sort = { key: "time", down: true };
  let shown = [];
  let total = 0;
  let asking = 0;

  const one = (row, date) => {
    const [call, path, time, agent, name, team, queue, shift, direction, length, score, level, state,
      broken, doubted, words, reason, tags, final] = row;
    const text = `${call} ${agent} ${name} ${team} ${queue} ${words} ${reason}`.toLowerCase();
    return { call, path, time, agent, name, team, queue, shift, direction, length, score, level, state,
      broken, doubted, words, reason, tags, final, date, text };
  };

  // What is chosen, from the address; the newest seven days where it says nothing of dates.
  const chosen = () => {
    const asked = new URLSearchParams(window.location.hash.slice(1));
    const values = Object.fromEntries(fields.map((field) => [field.name, asked.get(field.name) ?? ""]));
    if (!asked.has("from") && !asked.has("to")) values.from = box.since;
    return values;
  };

  const remember = () => {
    const asked = new URLSearchParams();
    for (const field of fields) if (field.value) asked.set(field.name, field.value);
    if (!asked.has("from") && !asked.has("to")) asked.set("from", box.first);
    try {
      window.history.replaceState(null, "", `#${asked}`);
    } catch {
      /* some browsers refuse it for pages on the disk; the list is right all the same */
    }
  };

  const fill = (values) => {
    for (const field of fields) {
      field.value = values[field.name];
      if (field.value !== values[field.name] && field.tagName === "SELECT") {
        field.add(new Option(values[field.name], values[field.name], true, true));
      }
    }
  };

  const within = (date, { from, to }) => (!from || date >= from) && (!to || date <= to);

  const wants = (values) => {
    const words = values.q.toLowerCase().split(/\s+/).filter(Boolean);
    const least = values.least === "" ? -1 : Number(values.least);
    const most = values.most === "" ? 101 : Number(values.most);
    const states = {
      needed: (call) => call.state.length > 0,
      clean: (call) => !call.broken.length && !call.doubted.length && !call.state.length,
    };
    const state = states[values.state] ?? ((call) => call.state.includes(values.state));
    return (call) =>
      within(call.date, values) &&
      ["team", "queue", "shift", "agent", "level"].every((key) => !values[key] || call[key] === values[key]) &&
      (!values.rule || call.broken.includes(values.rule) || call.doubted.includes(values.rule)) &&
      (!values.tag || call.tags.includes(values.tag)) &&
      (!values.state || state(call)) &&
      ((values.least === "" && values.most === "") ||
        (call.score !== null && call.score >= least && call.score <= most)) &&
      words.every((word) => call.text.includes(word));
  };

  const order = (a, b) => {
    const [x, y] = [a[sort.key], b[sort.key]];
    const missing = (x === null) - (y === null);
    if (missing) return missing;
    const by = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "zh");
    return (sort.down ? -by : by) || a.time.localeCompare(b.time) || a.call.localeCompare(b.call);
  };

  const make = (tag, text, { kind = "", head = "" } = {}) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    if (head) element.dataset.head = head;
    return element;
  };

  const points = (score) => (score === null ? "—" : String(Math.round(score * 10) / 10));

  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

  const STATES = {
    unrated: ["校准未评完", "tag tag-review"],
    review: ["待复核", "tag tag-review"],
    vetoed: ["否决", "tag tag-critical"],
    seen: ["客服看过", "tag"],
    agreed: ["客服同意", "tag"],
    renewed: ["客服确认后有新结论", "tag"],
  };

  const drawn = (call) => {
    const row = document.createElement("tr");
    const first = make("th", undefined, {});
    first.scope = "row";
    if (call.path) {
      const link = make("a", call.time || call.date);
      link.href = call.path;
      first.append(link);
    } else first.append(call.time || call.date);
    const who = make("td", call.name || call.agent || "未登记", { head: "人" });
    who.append(make("small", [call.name ? call.agent : "", call.team].filter(Boolean).join(" · ")));
    const level = make("td", undefined, { head: "等级" });
    if (call.level) {
      level.append(make("span", known.levels[call.level] ?? call.level,
        { kind: `level level-${known.ranks[call.level] ?? "none"}` }));
    }
    for (const state of call.state) {
      if (STATES[state]) level.append(make("span", STATES[state][0], { kind: STATES[state][1] }));
    }
    const what = make("td", undefined, { kind: "what", head: "发现" });
    const titles = [...call.broken, ...call.doubted.map((rule) => `${rule}?`)].map((rule) =>
      rule.endsWith("?") ? `${known.rules[rule.slice(0, -1)] ?? rule.slice(0, -1)}（待复核）` : known.rules[rule] ?? rule);
    if (call.reason) what.append(make("span", `不评分：${call.reason}`));
    else what.append(make("span", titles.slice(0, 4).join("、")));
    if (titles.length > 4) what.append(make("small", ` 另有 ${titles.length - 4} 条`));
    const score = make("td", points(call.score), { kind: "n strong", head: "得分" });
    if (call.final !== null) score.append(make("small", `复核后 ${points(call.final)}`));
    for (const tag of call.tags) what.append(make("span", known.rules[tag] ?? tag, { kind: "tag" }));
    row.append(first, make("td", call.call, { kind: "id", head: "通话" }), who,
      make("td", [known.directions[call.direction] ?? "", call.queue].filter(Boolean).join(" · "), { head: "队列" }),
      make("td", clock(call.length), { kind: "n", head: "时长" }),
      score, level, what);
    return row;
  };

  const draw = () => {
    const last = Math.max(0, Math.ceil(total / PAGE) - 1);
    page = Math.min(page, last);
    body.replaceChildren(...(box.search ? shown : shown.slice(page * PAGE, (page + 1) * PAGE)).map(drawn));
    found.textContent = waiting ? "正在读取……" : total ? `共 ${total} 通` : "没有这样的通话。";
    document.getElementById("turner").hidden = last === 0;
    document.getElementById("which").textContent = `第 ${page + 1} / ${last + 1} 页`;
    document.getElementById("before").disabled = page === 0;
    document.getElementById("after").disabled = page === last;
    for (const head of heads) {
      const own = head.dataset.key === sort.key;
      head.setAttribute("aria-sort", own ? (sort.down ? "descending" : "ascending") : "none");
    }
  };

  const list = () => {
    const wanted = wants(Object.fromEntries(fields.map((field) => [field.name, field.value])));
    shown = [];
    for (const calls of loaded.values()) for (const call of calls) if (wanted(call)) shown.push(call);
    shown.sort(order);
    total = shown.length;
    draw();
  };

  const ask = async () => {
    const mine = (asking += 1);
    const asked = new URLSearchParams({ page, sort: sort.key, down: sort.down ? "1" : "" });
    for (const field of fields) if (field.value) asked.set(field.name, field.value);
    found.textContent = "正在读取……";
    let answer = null;
    try {
      const response = await fetch(`${box.search}?${asked}`, { headers: { Accept: "application/json" } });
      if (response.ok) answer = await response.json();
    } catch {
      /* said below */
    }
    if (mine !== asking) return;
    if (!answer) {
      found.textContent = "读不到，请刷新页面再试。";
      return;
    }
    total = answer.total;
    shown = answer.rows.map(([date, row]) => one(row, date));
    draw();
  };

  const load = () => {
    if (box.search) {
      ask();
      return;
    }
    const dates = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    for (const [date, paths] of known.parts) {
      if (!within(date, dates)) continue;
      for (const path of paths) {
        if (loaded.has(path)) continue;
        loaded.set(path, []);
        waiting += 1;
        const script = document.createElement("script");
        script.src = path;
        script.onload = script.onerror = () => {
          waiting -= 1;
          if (!waiting) list();
        };
        document.head.append(script);
      }
    }
    if (!waiting) list();
  };

  const changed = () => {
    page = 0;
    remember();
    load();
  };

  const turn = (by) => {
    page += by;
    if (box.search) ask();
    else draw();
    document.getElementById("list").scrollIntoView({ block: "start" });
  };

  for (const field of fields) field.addEventListener(field.type === "search" ? "input" : "change", changed);
  document.getElementById("clear").addEventListener("click", () => {
    for (const field of fields) field.value = "";
    changed();
  });
  document.getElementById("before").addEventListener("click", () => turn(-1));
  document.getElementById("after").addEventListener("click", () => turn(1));
  for (const head of heads) {
    const button = make("button", head.textContent, { kind: "sorter" });
    button.type = "button";
    button.addEventListener("click", () => {
      const key = head.dataset.key;
      sort = { key, down: sort.key === key ? !sort.down : key !== "agent" && key !== "call" };
      if (box.search) ask();
      else list();
    });
    head.replaceChildren(button);
  }
  // The call's page goes on from here: to the next and the one before in this very order.
  body.addEventListener("click", (event) => {
    if (!event.target.closest("a")) return;
    try {
      const paths = shown.map((call) => call.path).filter(Boolean);
      window.sessionStorage.setItem("callqa.list", JSON.stringify({ back: window.location.href, paths }));
    } catch {
      /* without it the call's page goes on by time */
    }
  });
  window.addEventListener("hashchange", () => {
    fill(chosen());
    page = 0;
    load();
  });

  return {
    index(own) {
      known = own;
      fill(chosen());
      load();
    },
    part(path, date, rows) {
      loaded.set(path, rows.map((row) => one(row, date)));
    },
  };
})();
