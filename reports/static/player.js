// A call's page: whatever carries data-t plays from that second; the turn that sounds is lit.
(() => {
  "use strict";
  const audio = document.getElementById("audio");
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const turns = all(".said").map((item) => ({
    item,
    start: Number(item.dataset.start),
    end: Number(item.dataset.end),
    block: all(`.turn[data-turn="${item.dataset.turn}"]`),
  }));
  const findings = all(".finding button.finding-play").map((button) => Number(button.dataset.t));
  const lines = all(".line").map((line) => ({
    line,
    start: Number(line.dataset.start),
    length: Number(line.dataset.length),
    head: line.appendChild(Object.assign(document.createElement("i"), { className: "head-now" })),
  }));
  const scroller = document.querySelector(".lines");
  let followed = null;

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const minutes = Math.floor(whole / 60) % 60;
    const rest = String(whole % 60).padStart(2, "0");
    const hours = Math.floor(whole / 3600);
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  };

  const reveal = (element, block) => {
    const box = element.getBoundingClientRect();
    const top = document.getElementById("player").getBoundingClientRect().bottom + 8;
    if (box.top < top || box.bottom > window.innerHeight - 8) {
      element.scrollIntoView({ block, behavior: "smooth" });
    }
  };

  const show = (now) => {
    for (const turn of turns) {
      const lit = turn.start <= now && now < turn.end;
      turn.item.classList.toggle("now", lit);
      turn.block.forEach((block) => block.classList.toggle("now", lit));
    }
    for (const { line, start, length, head } of lines) {
      const inside = start <= now && now < start + length;
      if (inside && !line.classList.contains("now")) {
        scroller.scrollTop = line.offsetTop - line.offsetHeight / 2;
      }
      line.classList.toggle("now", inside);
      if (inside) head.style.left = `${(100 * (now - start)) / length}%`;
    }
  };

  const light = (number) => {
    all("[data-finding].lit").forEach((element) => element.classList.remove("lit"));
    if (number) all(`[data-finding="${number}"]`).forEach((element) => element.classList.add("lit"));
  };

  const wanted = () => /[#&]t=(\d+(?:\.\d+)?)/.exec(window.location.hash);

  if (!audio) {
    // No sound to play, but the place can still be shown.
    const go = (seconds, number) => {
      show(seconds + 0.01);
      light(number);
      const turn = turns.find((one) => one.start <= seconds + 0.01 && seconds < one.end);
      if (turn) reveal(turn.item, "center");
    };
    document.addEventListener("click", (event) => {
      const place = event.target.closest("[data-t]");
      if (place && !event.target.closest("a")) go(Number(place.dataset.t), place.dataset.finding);
    });
    if (wanted()) go(Number(wanted()[1]));
    return;
  }

  const play = document.getElementById("play");
  const seek = document.getElementById("seek");
  const now = document.getElementById("now");
  const trouble = document.getElementById("trouble");

  const update = () => {
    const at = audio.currentTime;
    now.textContent = clock(at);
    if (document.activeElement !== seek || !audio.paused) seek.value = String(at);
    seek.setAttribute("aria-valuetext", clock(at));
    show(at);
    const turn = turns.findLast((one) => one.start <= at && at < one.end);
    if (turn && turn !== followed && !audio.paused) reveal(turn.item, "nearest");
    if (turn) followed = turn;
  };

  const tick = () => {
    update();
    if (!audio.paused) window.requestAnimationFrame(tick);
  };

  // Before the browser knows the recording's length it ignores a new position.
  const whenReady = (then) => {
    if (audio.readyState >= 1) then();
    else audio.addEventListener("loadedmetadata", then, { once: true });
  };

  const start = () =>
    audio.play().catch(() => {
      /* the browser wants a click first: the place stays chosen */
    });

  const jump = (seconds, { playing }) =>
    whenReady(() => {
      audio.currentTime = Math.max(0, Math.min(seconds, audio.duration || seconds));
      followed = null;
      if (playing) start();
      update();
    });

  const toggle = () => (audio.paused ? start() : audio.pause());

  const remember = (seconds) => {
    try {
      window.history.replaceState(null, "", `#t=${seconds.toFixed(2)}`);
    } catch {
      /* some browsers refuse it for pages on the disk; only the address stays as it was */
    }
  };

  const next = (direction) => {
    const at = audio.currentTime;
    const index =
      direction > 0
        ? findings.findIndex((time) => time > at + 0.3)
        : findings.findLastIndex((time) => time < at - 1);
    if (index >= 0) {
      light(index + 1);
      jump(findings[index], { playing: true });
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const place = event.target.closest("[data-t]");
    if (place) {
      if (window.getSelection().toString()) return; // somebody copies the text
      const seconds = Number(place.dataset.t);
      light(place.dataset.finding);
      remember(seconds);
      jump(seconds, { playing: true });
      return;
    }
    const row = event.target.closest(".lanes");
    if (row) {
      const box = row.getBoundingClientRect();
      const line = row.parentElement.dataset;
      const share = (event.clientX - box.left) / box.width;
      jump(Number(line.start) + share * Number(line.length), { playing: !audio.paused });
    }
  });

  const keys = {
    " ": toggle,
    ArrowLeft: () => jump(audio.currentTime - 5, { playing: false }),
    ArrowRight: () => jump(audio.currentTime + 5, { playing: false }),
    n: () => next(1),
    p: () => next(-1),
  };

  document.addEventListener("keydown", (event) => {
    const own = event.target.closest("select, summary, textarea, input:not([type=range])");
    if (own || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = keys[event.key.length > 1 ? event.key : event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // A space also presses the focused button when it is let go.
  document.addEventListener("keyup", (event) => {
    if (event.key === " " && event.target.closest("button")) event.preventDefault();
  });

  play.addEventListener("click", toggle);
  document.getElementById("back").addEventListener("click", keys.ArrowLeft);
  document.getElementById("forward").addEventListener("click", keys.ArrowRight);
  seek.addEventListener("input", () => jump(Number(seek.value), { playing: false }));
  document.getElementById("speed").addEventListener("change", (event) => {
    audio.playbackRate = Number(event.target.value);
  });
  audio.addEventListener("play", () => {
    document.body.classList.add("playing");
    play.setAttribute("aria-label", "暂停");
    tick();
  });
  audio.addEventListener("pause", () => {
    document.body.classList.remove("playing");
    play.setAttribute("aria-label", "播放");
    update();
  });
  audio.addEventListener("seeked", update);
  audio.addEventListener("error", () => {
    trouble.hidden = false;
  });

  const fromAddress = () => {
    const place = wanted();
    if (!place) return;
    const seconds = Number(place[1]);
    const index = findings.findIndex((time) => Math.abs(time - seconds) < 0.02);
    light(index + 1);
    jump(seconds, { playing: true });
    const turn = turns.find((one) => one.start <= seconds + 0.02 && seconds < one.end);
    if (turn) reveal(turn.item, "center");
  };
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
