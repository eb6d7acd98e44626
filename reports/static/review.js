// Review by the keyboard: one key a verdict, one a reason; the next finding plays by itself.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  if (!desk) return;
  const audio = document.getElementById("audio");
  const spots = Array.from(document.querySelectorAll("[data-place]"));
  const questions = Array.from(document.querySelectorAll("[data-question]"));
  const stops = [...spots, ...questions]; // where J and K lead, in this order
  const said = document.getElementById("desk-said");
  const left = document.getElementById("left");
  const nextCall = document.getElementById("next-call");
  const form = document.getElementById("missed-form");
  const NAMES = { stands: "成立", wrong: "不成立", cannot_tell: "说不准" };
  const KEYS = { 1: "stands", 2: "wrong", 3: "cannot_tell" };
  let now = -1;
  let busy = false;
  let asked = null; // the verdict whose reason is being chosen

  const make = (tag, text, kind = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };

  const tell = (text, bad = false) => {
    said.textContent = text;
    said.classList.toggle("bad", bad);
  };

  const choose = (spot, verdict) => {
    for (const own of document.querySelectorAll(".why")) {
      own.hidden = !spot || own.closest("[data-place]") !== spot || own.dataset.why !== verdict;
    }
    asked = verdict ? { spot, verdict } : null;
  };

  let stopAt = null;
  const play = (spot) => {
    if (!audio || !spot.dataset.from) return;
    stopAt = Number(spot.dataset.until) + 1;
    const begin = () => {
      audio.currentTime = Math.max(0, Number(spot.dataset.from) - 0.5);
      audio.play().catch(() => {
        /* the browser wants a click first */
      });
    };
    if (audio.readyState >= 1) begin();
    else audio.addEventListener("loadedmetadata", begin, { once: true });
  };
  if (audio) {
    audio.addEventListener("timeupdate", () => {
      if (stopAt !== null && audio.currentTime >= stopAt) {
        stopAt = null;
        audio.pause();
      }
    });
  }

  const go = (index, { playing = true } = {}) => {
    if (index < 0 || index >= stops.length) return;
    now = index;
    choose(null, null);
    stops.forEach((stop, n) => stop.closest(".finding, .question").classList.toggle("at-desk", n === now));
    stops[now].closest(".finding, .question").scrollIntoView({ block: "center" });
    if (playing) play(stops[now]);
  };

  const open = () => {
    for (let step = 1; step <= stops.length; step += 1) {
      const index = (now + step) % stops.length;
      if (!stops[index].dataset.judged) return index;
    }
    return -1;
  };

  const goOn = (told) => {
    const next = open();
    tell(next >= 0 ? told : `${told}。都做完了，听完整通按 D。`);
    if (next >= 0) go(next);
  };

  const line = (one) => {
    const paragraph = make("p", "", `opinion opinion-${one.verdict}`);
    paragraph.append(make("b", one.text));
    if (one.reason) paragraph.append(make("span", one.reason));
    paragraph.append(make("small", one.who));
    if (one.comment) paragraph.append(make("q", one.comment));
    return paragraph;
  };

  const scores = (answer) => {
    document.getElementById("after").hidden = false;
    document.getElementById("final").textContent =
      answer.excluded ? "不计" : answer.final === null ? "—" : String(Math.round(answer.final * 100) / 100);
  };

  const stands = (answer) => {
    scores(answer);
    left.textContent = answer.done ? "已听完" : `还有 ${answer.left} 处没有结论`;
    nextCall.hidden = !answer.next;
    if (answer.next) nextCall.href = desk.dataset.up + answer.next.split("/").map(encodeURIComponent).join("/");
  };

  const send = async (values, url = desk.dataset.url) => {
    if (busy) return null;
    busy = true;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRF": desk.dataset.csrf },
        body: new URLSearchParams(values),
      });
      const answer = await response.json();
      if (response.ok || answer.taken) return answer;
      tell(answer.wrong ?? "没有存上，请再试。", true);
    } catch {
      tell("没有存上：连不上服务器，请再按一次。", true);
    } finally {
      busy = false;
    }
    return null;
  };

  const judge = async (spot, verdict, reason) => {
    const field = spot.querySelector(".comment input");
    const answer = await send({
      place: spot.dataset.place, seen: spot.dataset.seen, verdict, reason, comment: field.value,
    });
    if (!answer) return;
    spot.querySelector(".opinions").replaceChildren(...answer.said.map(line));
    spot.dataset.seen = answer.seen;
    choose(null, null);
    if (answer.taken) {
      tell("别人刚刚给了结论，先看看；要改就再按一次。", true);
      return;
    }
    spot.dataset.judged = "1";
    field.value = "";
    field.closest(".comment").hidden = true;
    stands(answer);
    goOn(`已存：${NAMES[verdict]}`);
  };

  const given = (question, answer) => {
    const words = make("p", "", "opinion");
    words.append(make("b", answer.answer), make("small", answer.who));
    if (answer.charged) words.append(make("span", `按“${answer.charged}”扣分`, "tag tag-minor"));
    if (question.querySelector(".evidence")) scores(answer);
    question.querySelector(".opinions").replaceChildren(...(answer.answer ? [words] : []));
    for (const button of question.querySelectorAll("[data-answer]")) {
      button.setAttribute("aria-pressed", String(button.dataset.answer === answer.answer));
    }
    question.dataset.seen = answer.seen;
    question.dataset.judged = answer.answer ? "1" : "";
    document.getElementById("unanswered").textContent = answer.left ? `还有 ${answer.left} 个没答` : "都答了";
  };

  const say = async (question, words) => {
    const values = { question: question.dataset.question, seen: question.dataset.seen, answer: words };
    for (const field of question.querySelectorAll(".evidence select, .evidence input")) {
      values[field.name] = field.value;
    }
    const answer = await send(values, desk.dataset.answers);
    if (!answer) return;
    given(question, answer);
    const charged = answer.charged ? `，按“${answer.charged}”扣分` : "";
    if (answer.taken) tell("别人刚刚答了，先看看；要改就再答一次。", true);
    else goOn(answer.answer ? `已存：${answer.answer}${charged}` : "已收回");
  };

  const verdict = (spot, wanted) => {
    if (wanted === "stands") judge(spot, wanted, "");
    else choose(spot, wanted);
  };

  const whole = async (wanted) => {
    const answer = await send({ verdict: wanted, reason: "", comment: "" });
    if (!answer) return;
    if (answer.taken) {
      tell("别人刚刚处理了这通，请刷新再看。", true);
      return;
    }
    stands(answer);
    tell(wanted === "done" ? "已存：整通听完。" : "已存：整通不计。");
    if (answer.next && wanted === "done") window.location.assign(nextCall.href);
  };

  const addMissed = () => {
    form.hidden = false;
    const at = audio ? audio.currentTime : 0;
    form.elements.start.value = Math.max(0, at - 3).toFixed(1);
    form.elements.end.value = at.toFixed(1);
    form.elements.rule.focus();
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send({ verdict: "missed", ...Object.fromEntries(new FormData(form)) });
    if (answer && !answer.taken) window.location.reload();
    else if (answer) tell("这里已经有人补过了，请刷新再看。", true);
  });

  document.addEventListener("submit", (event) => {
    const question = event.target.closest("[data-question]");
    if (!question) return;
    event.preventDefault();
    event.target.elements.answer.blur();
    say(question, event.target.elements.answer.value);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const spot = button.closest("[data-place]");
    if (button.dataset.answer) {
      const question = button.closest("[data-question]");
      go(stops.indexOf(question), { playing: false });
      say(question, button.dataset.answer);
    } else if (spot && button.dataset.verdict) {
      go(spots.indexOf(spot), { playing: false });
      verdict(spot, button.dataset.verdict);
    } else if (spot && button.dataset.reason && asked) judge(spot, asked.verdict, button.dataset.reason);
    else if (button.dataset.whole) whole(button.dataset.whole);
    else if (button.id === "add-missed") addMissed();
    else if (button.id === "missed-cancel") form.hidden = true;
  });

  const comment = () => {
    const field = stops[now]?.querySelector(".comment input, .words input, .evidence input");
    if (!field) return;
    const label = field.closest(".comment");
    if (label) label.hidden = false;
    field.focus();
  };

  const point = () => {
    const turns = stops[now]?.querySelectorAll(".evidence option") ?? [];
    const at = audio ? audio.currentTime : 0;
    for (const turn of turns) {
      if (turn.dataset.from && Number(turn.dataset.from) <= at) turn.selected = true;
    }
    if (turns.length) tell(`依据：${turns[0].parentElement.selectedOptions[0].textContent}`);
  };

  const ask = () => {
    const left = questions.find((question) => !question.dataset.judged) ?? questions[0];
    if (left) go(stops.indexOf(left));
  };

  const actions = {
    j: () => go(now + 1),
    k: () => go(now - 1),
    r: () => now >= 0 && play(stops[now]),
    c: comment,
    m: addMissed,
    p: point,
    q: ask,
    d: () => whole("done"),
    escape: () => choose(null, null),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("textarea, select, input:not([type=range])");
    if (field) {
      if (event.key === "Enter" && field.closest(".comment, .evidence")) {
        event.preventDefault();
        field.blur();
      } else if (event.key === "Escape") field.blur();
      return;
    }
    const key = event.key.toLowerCase();
    if (asked && /^[1-9]$/.test(key)) {
      const why = asked.spot.querySelector(`.why[data-why="${asked.verdict}"]`);
      const reason = why.querySelectorAll("[data-reason]")[Number(key) - 1];
      if (reason) judge(asked.spot, asked.verdict, reason.dataset.reason);
    } else if (questions.includes(stops[now]) && /^[1-9]$/.test(key)) {
      const button = stops[now].querySelectorAll("[data-answer]")[Number(key) - 1];
      if (button) say(stops[now], button.dataset.answer);
    } else if (KEYS[key] && now >= 0) verdict(stops[now], KEYS[key]);
    else if (actions[key]) actions[key]();
    else return;
    event.preventDefault();
  });

  const first = open();
  if (first >= 0) go(first);
})();
