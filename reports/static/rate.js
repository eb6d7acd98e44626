// Calibration by the keyboard: one key an answer, then the score, then the next call. Answers are sent in
// their order while the rater goes on; one is shown as said when the server has it on its disk.
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const questions = Array.from(desk.querySelectorAll("[data-rule]"));
  const form = document.getElementById("score");
  const field = form.elements.score;
  const said = document.getElementById("desk-said");
  const left = document.getElementById("left");
  const nextCall = document.getElementById("next-call");
  const KEYS = { 1: "fault", 2: "no_fault", 3: "cannot_tell" };
  const queue = [];
  let now = -1;
  let sending = false;
  let leaving = false; // as soon as everything is stored

  const tell = (text, bad = false) => {
    said.textContent = text;
    said.classList.toggle("bad", bad);
  };

  const go = (index) => {
    if (index < 0 || index >= questions.length) return;
    now = index;
    questions.forEach((question, n) => question.classList.toggle("at-desk", n === now));
    questions[now].scrollIntoView({ block: "nearest" });
  };

  const open = () => {
    for (let step = 1; step <= questions.length; step += 1) {
      const index = (now + step) % questions.length;
      const { said: known, pending } = questions[index].dataset;
      if (!known && !pending) return index;
    }
    return -1;
  };

  const goOn = () => {
    const next = open();
    if (next >= 0) go(next);
    else if (!field.value) field.focus();
  };

  const post = async (values) => {
    try {
      const response = await fetch(desk.dataset.url, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRF": desk.dataset.csrf },
        body: new URLSearchParams(values),
      });
      const answer = await response.json();
      if (response.ok) return answer;
      tell(answer.wrong ?? "没有存上，请再试。", true);
    } catch {
      tell("没有存上：连不上服务器，请再按一次。", true);
    }
    return null;
  };

  const stored = (answer, values) => {
    const question = questions.find((one) => one.dataset.rule === values.rule);
    if (question) {
      question.dataset.said = values.value;
      for (const button of question.querySelectorAll("[data-value]")) {
        button.setAttribute("aria-pressed", String(button.dataset.value === values.value));
      }
    }
    left.textContent = answer.left ? `还有 ${answer.left} 项` : "这通评完了";
    nextCall.href = desk.dataset.up + answer.next.split("/").map(encodeURIComponent).join("/");
    tell(answer.left ? `已存，还有 ${answer.left} 项` : "已存。这通评完了，按 D 去下一通。");
    if (values.score && !answer.left) leaving = true;
    else if (values.score) goOn();
  };

  const lost = (values) => {
    queue.length = 0;
    leaving = false;
    for (const question of questions) delete question.dataset.pending;
    if (values.rule) go(questions.findIndex((one) => one.dataset.rule === values.rule));
  };

  const send = async (values) => {
    queue.push(values);
    if (sending) return;
    sending = true;
    while (queue.length) {
      const one = queue[0];
      const answer = await post(one);
      queue.shift();
      if (answer) stored(answer, one);
      else lost(one);
    }
    sending = false;
    for (const question of questions) delete question.dataset.pending;
    if (leaving) window.location.assign(nextCall.href);
  };

  const judge = (question, value) => {
    question.dataset.pending = "1";
    send({ rule: question.dataset.rule, value });
    goOn();
  };

  const leave = () => {
    leaving = true;
    if (!sending) window.location.assign(nextCall.href);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    field.blur();
    send({ score: field.value });
  });

  nextCall.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  desk.addEventListener("click", (event) => {
    const button = event.target.closest("[data-value]");
    if (!button) return;
    const question = button.closest("[data-rule]");
    go(questions.indexOf(question));
    judge(question, button.dataset.value);
  });

  const actions = {
    j: () => go(now + 1),
    k: () => go(now - 1),
    s: () => field.focus(),
    d: leave,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("textarea, select, input:not([type=range])")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = event.key.toLowerCase();
    if (KEYS[key] && now >= 0) judge(questions[now], KEYS[key]);
    else if (actions[key]) actions[key]();
    else return;
    event.preventDefault();
  });

  goOn();
})();
