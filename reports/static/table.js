// Tables of people and files: sorted by a click on a head, searched by a field above, long ones shortened.
(() => {
  "use strict";
  const value = (row, column, kind) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return kind === "number" ? (text === "" ? null : Number(text)) : text;
  };

  for (const table of document.querySelectorAll("table[data-table]")) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const first = Number(table.dataset.first ?? 0);
    const tools = Object.assign(document.createElement("div"), { className: "tools" });
    const more = Object.assign(document.createElement("button"), { type: "button", className: "button more" });
    const count = document.createElement("span");
    count.className = "found";
    count.setAttribute("role", "status");
    let whole = false;
    let words = [];
    let team = "";

    const show = () => {
      const found = rows.filter((row) =>
        (!team || row.dataset.team === team) &&
        words.every((word) => row.textContent.toLowerCase().includes(word)));
      const open = whole || words.length > 0 || team !== "" || found.length <= first;
      const seen = new Set(open ? found : Array.from(body.rows).filter((row) => found.includes(row)).slice(0, first));
      for (const row of rows) row.classList.toggle("off", !seen.has(row));
      more.hidden = open && !whole;
      more.textContent = whole ? "收起" : `全部 ${found.length} 行`;
      count.textContent = words.length || team ? `${found.length} / ${rows.length}` : "";
    };

    if (table.dataset.find) {
      const field = Object.assign(document.createElement("input"), { type: "search", placeholder: table.dataset.find });
      field.setAttribute("aria-label", table.dataset.find);
      field.addEventListener("input", () => {
        words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
        show();
      });
      tools.append(field);
      const teams = [...new Set(rows.map((row) => row.dataset.team).filter(Boolean))].sort();
      if (teams.length > 1) {
        const select = document.createElement("select");
        select.setAttribute("aria-label", "班组");
        select.append(new Option("全部班组", ""), ...teams.map((name) => new Option(name, name)));
        select.addEventListener("change", () => {
          team = select.value;
          show();
        });
        tools.append(select);
      }
      tools.append(count);
      table.before(tools);
    }
    if (first) {
      more.addEventListener("click", () => {
        whole = !whole;
        show();
      });
      table.after(more);
    }

    for (const head of table.tHead.querySelectorAll("th[data-sort]")) {
      const column = head.cellIndex;
      const kind = head.dataset.sort;
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sorter" });
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === (kind === "number" ? "descending" : "ascending")
          ? kind !== "number" : kind === "number";
        for (const other of table.tHead.querySelectorAll("th[data-sort]")) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = [...rows].sort((a, b) => {
          const [x, y] = [value(a, column, kind), value(b, column, kind)];
          if ((x === null) !== (y === null)) return x === null ? 1 : -1;
          const by = kind === "number" ? x - y : x.localeCompare(y, "zh");
          return down ? -by : by;
        });
        body.append(...sorted);
        show();
      });
    }
    show();
  }
})();
