"use strict";
{
  const data = JSON.parse(document.getElementById("data").textContent);
  const count = data.words.length;
  const canvas = document.getElementById("map");
  const context = canvas.getContext("2d");
  const query = document.getElementById("query");
  const found = document.getElementById("found");
  const matchList = document.getElementById("matches");
  const chosenBox = document.getElementById("chosen");
  const legend = document.getElementById("legend");
  const folded = data.words.map(word => word.toLowerCase());
  const LABEL = 13, CELL = 48, SHOWN_MATCHES = 8, NEAREST = 18, DEEPEST = 400;

  let width = 0, height = 0, fit = 1;
  let scale = 1, left = 0, top = 0;          // pixels = place × scale + left, top
  let chosen = -1, alone = -1, matches = [];
  let labels = [], widths = new Float64Array(count), colours = {}, waiting = false;

  const x = index => data.x[index] / data.steps * scale + left;
  const y = index => data.y[index] / data.steps * scale + top;

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    const value = name => style.getPropertyValue(name).trim();
    colours = { paper: value("--paper"), ink: value("--ink"), muted: value("--muted"), accent: value("--accent") };
    const lightness = value("--light");
    // Steps of the golden angle keep neighbouring groups apart, however many there are.
    colours.groups = data.names.map((_, group) => `hsl(${(group * 137.508 + 15) % 360} 60% ${lightness})`);
    colours.font = value("--sans");
  }

  function resize() {
    const box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    const before = { width, height, fit };
    width = box.width;
    height = box.height;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    fit = Math.max(Math.min(width, height) * 0.92, 1);
    if (before.width === 0) {
      showAll();
    } else {  // What stood in the middle stays there.
      left += (width - before.width) / 2;
      top += (height - before.height) / 2;
    }
    redraw();
  }

  function showAll() {
    // The words fill the view in the direction that has more room too.
    const sides = [data.x, data.y].map(values => (Math.max(...values) - Math.min(...values)) / data.steps || 1);
    scale = Math.max(Math.min(width * 0.9 / sides[0], height * 0.9 / sides[1]), 1);
    fit = scale;
    left = width / 2 - scale / 2;
    top = height / 2 - scale / 2;
    redraw();
  }

  function zoom(factor, atX = width / 2, atY = height / 2) {
    const next = Math.min(Math.max(scale * factor, fit / 2), fit * DEEPEST);
    left = atX - (atX - left) * next / scale;
    top = atY - (atY - top) * next / scale;
    scale = next;
    redraw();
  }

  function move(byX, byY) {
    left += byX;
    top += byY;
    redraw();
  }

  function redraw() {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(draw);
    }
  }

  const visible = index => alone < 0 || data.groups[index] === alone;

  function draw() {
    waiting = false;
    context.clearRect(0, 0, width, height);
    const radius = Math.min(2 + Math.log2(Math.max(scale / fit, 1)) * 0.5, 4.5);
    data.names.forEach((_, group) => {
      context.fillStyle = colours.groups[group];
      context.globalAlpha = alone < 0 || alone === group ? 0.75 : 0.12;
      context.beginPath();
      for (let index = 0; index < count; index++) {
        if (data.groups[index] !== group) continue;
        const atX = x(index), atY = y(index);
        if (atX < -9 || atY < -9 || atX > width + 9 || atY > height + 9) continue;
        context.moveTo(atX + radius, atY);
        context.arc(atX, atY, radius, 0, 7);
      }
      context.fill();
    });
    context.globalAlpha = 1;
    placeLabels(radius);
    context.strokeStyle = colours.accent;
    context.lineWidth = 2;
    for (const index of chosen < 0 ? matches : [chosen, ...matches]) {
      context.beginPath();
      context.arc(x(index), y(index), radius + 3, 0, 7);
      context.stroke();
    }
  }

  /* Labels in the order of importance; one that would touch another is left out until there is room for it. */
  function placeLabels(radius) {
    const near = chosen < 0 ? [] : data.near[chosen];
    const special = [...new Set([chosen, ...near, ...matches])].filter(index => index >= 0);
    const marked = new Set(special);
    const taken = new Map();
    labels = [];
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const cells = box => {
      const found = [];
      for (let row = Math.floor(box[1] / CELL); row <= Math.floor(box[3] / CELL); row++) {
        for (let column = Math.floor(box[0] / CELL); column <= Math.floor(box[2] / CELL); column++) {
          found.push(row * 100003 + column);
        }
      }
      return found;
    };
    const touch = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
    const isFree = box => !cells(box).some(cell => (taken.get(cell) || []).some(other => touch(box, other)));
    const attempt = (index, forced) => {
      const atX = x(index), atY = y(index), gap = radius + 3;
      if (atX < 0 || atY < 0 || atX > width || atY > height) return;
      context.font = `${marked.has(index) ? "600 " : ""}${LABEL}px ${colours.font}`;
      if (!widths[index]) widths[index] = context.measureText(data.words[index]).width * 1.04 + 2;
      const beside = start => [start, atY - LABEL * 0.62, start + widths[index], atY + LABEL * 0.62];
      // To the right of the point, or to the left where the right is taken or ends.
      const boxes = [beside(atX + gap), beside(atX - gap - widths[index])];
      const box = boxes.find(one => one[0] >= 0 && one[2] <= width && isFree(one)) || (forced ? boxes[0] : null);
      if (!box) return;
      for (const cell of cells(box)) taken.has(cell) ? taken.get(cell).push(box) : taken.set(cell, [box]);
      labels.push({ index, box });
      context.lineWidth = 3;
      context.strokeStyle = colours.paper;
      context.strokeText(data.words[index], box[0], atY);
      context.fillStyle = marked.has(index) ? colours.accent : colours.ink;
      context.fillText(data.words[index], box[0], atY);
    };
    for (const index of special) attempt(index, index === chosen);
    for (let index = 0; index < count; index++) if (!marked.has(index) && visible(index)) attempt(index, false);
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function choose(index, centre) {
    chosen = index;
    chosenBox.hidden = index < 0;
    chosenBox.replaceChildren();
    if (index >= 0) {
      const title = document.createElement("strong"), about = document.createElement("p"), list = document.createElement("div");
      title.textContent = data.words[index];
      const occurred = data.counts && data.counts[index] ? ` · occurs ${data.counts[index].toLocaleString("en")} times` : "";
      about.textContent = `Group: ${data.names[data.groups[index]]}${occurred}. Nearest by cosine in all dimensions:`;
      list.append(...data.near[index].map(other => button(data.words[other], () => choose(other, true))));
      chosenBox.append(title, about, list);
      if (centre) {
        scale = Math.max(scale, fit * 4);
        left = width / 2 - data.x[index] / data.steps * scale;
        top = height / 2 - data.y[index] / data.steps * scale;
      }
    }
    redraw();
  }

  function search() {
    const wanted = query.value.trim().toLowerCase();
    const hits = [];
    if (wanted) for (let index = 0; index < count; index++) if (folded[index].includes(wanted)) hits.push(index);
    // The word itself, then words that begin so, then the rest; each by importance.
    const place = index => folded[index] === wanted ? 0 : folded[index].startsWith(wanted) ? 1 : 2;
    hits.sort((one, other) => place(one) - place(other) || one - other);
    found.textContent = wanted ? `${hits.length.toLocaleString("en")} found` : "";
    matches = hits.slice(0, SHOWN_MATCHES);
    matchList.replaceChildren(...matches.map(index => button(data.words[index], () => choose(index, true))));
    redraw();
  }

  function nearestTo(atX, atY) {
    let best = -1, least = NEAREST * NEAREST;
    for (let index = 0; index < count; index++) {
      const distance = (x(index) - atX) ** 2 + (y(index) - atY) ** 2;
      if (visible(index) && distance < least) [best, least] = [index, distance];
    }
    const label = labels.find(({ box }) => atX > box[0] && atX < box[2] && atY > box[1] && atY < box[3]);
    return label && least > 36 ? label.index : best;
  }

  const pointers = new Map();
  let dragged = 0;
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    if (pointers.size === 1) dragged = 0;
  });
  canvas.addEventListener("pointermove", event => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const now = [event.offsetX, event.offsetY];
    if (pointers.size === 1) {
      dragged += Math.abs(now[0] - last[0]) + Math.abs(now[1] - last[1]);
      move(now[0] - last[0], now[1] - last[1]);
    } else if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const apart = place => Math.max(Math.hypot(place[0] - other[0], place[1] - other[1]), 1);
      dragged = Infinity;
      zoom(apart(now) / apart(last), other[0], other[1]);
    }
    pointers.set(event.pointerId, now);
  });
  const lifted = event => {
    if (event.type === "pointerup" && pointers.size === 1 && dragged < 6) choose(nearestTo(event.offsetX, event.offsetY), false);
    pointers.delete(event.pointerId);
  };
  canvas.addEventListener("pointerup", lifted);
  canvas.addEventListener("pointercancel", lifted);
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoom(Math.exp(-Math.max(Math.min(event.deltaY * lines, 200), -200) * (event.ctrlKey ? 0.01 : 0.002)), event.offsetX, event.offsetY);
  }, { passive: false });
  const keys = {
    "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), "0": showAll,
    "ArrowLeft": () => move(60, 0), "ArrowRight": () => move(-60, 0),
    "ArrowUp": () => move(0, 60), "ArrowDown": () => move(0, -60), "Escape": () => choose(-1, false),
  };
  canvas.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("closer").addEventListener("click", () => zoom(1.6));
  document.getElementById("farther").addEventListener("click", () => zoom(1 / 1.6));
  document.getElementById("whole").addEventListener("click", showAll);
  query.addEventListener("input", search);
  document.getElementById("search").addEventListener("submit", event => {
    event.preventDefault();
    if (matches.length) choose(matches[0], true);
  });

  function showLegend() {
    legend.replaceChildren(...data.names.map((name, group) => {
      const made = button(name, () => {
        alone = alone === group ? -1 : group;
        showLegend();
        redraw();
      });
      const dot = document.createElement("span");
      dot.className = "dot";
      dot.style.background = colours.groups[group];
      made.prepend(dot);
      made.setAttribute("aria-pressed", String(alone === group));
      return made;
    }));
  }

  function recolour() {
    readColours();
    showLegend();
    redraw();
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  new ResizeObserver(resize).observe(canvas);
  recolour();
  resize();
  window.wordMap = { labels: () => labels.map(({ index, box }) => ({ word: data.words[index], box })), view: () => ({ scale, left, top, width, height }), at: word => { const index = data.words.indexOf(word); return [x(index), y(index)]; } };
}
