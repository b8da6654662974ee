// The chapters' interactives: one kit, five plays. They add up what the library measured (book/play.json, written by
// tools/play.py). No framework, nothing from outside.
addEventListener("DOMContentLoaded", () => {
  // the kit
  const make = (tag, traits = {}, ...inside) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(traits)) name in one ? one[name] = value : one.setAttribute(name, value);
    one.append(...inside);
    return one;
  };
  const shape = (tag, traits, ...inside) => {
    const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(traits)) one.setAttribute(name, value);
    one.append(...inside);
    return one;
  };
  const drawing = (width, height, words) => shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words });
  const line = (x1, y1, x2, y2, look = "axis") => shape("line", { x1, y1, x2, y2, class: look });
  const dot = (cx, cy, look = "", r = 4) => shape("circle", { cx, cy, r, class: look });
  const path = (points, look = "") => shape("polyline", { points: points.map(p => p.join()).join(" "), class: look });
  const write = (x, y, words, anchor = "middle") => shape("text", { x, y, "text-anchor": anchor }, words);
  const told = name => make("p", { "data-play": name, role: "status" });
  const slider = (words, traits, act) => {
    const input = make("input", { type: "range", ...traits });
    input.addEventListener("input", () => act(+input.value));
    return make("p", {}, make("label", {}, words, input));
  };
  const boxes = (words, names, act) => {
    const all = names.map((name, n) => {
      const input = make("input", { type: "checkbox", checked: true });
      input.addEventListener("change", () => act(n, input.checked));
      return make("li", {}, make("label", {}, input, make("span", {}, name)));
    });
    return make("fieldset", {}, make("legend", {}, words), make("ul", { className: "pieces" }, ...all));
  };
  const choice = (words, options, act) => make("fieldset", {}, make("legend", {}, words), ...Object.entries(options).map(([key, said], n) => {
    const input = make("input", { type: "radio", name: words, value: key, checked: n === 0 });
    input.addEventListener("change", () => act(key));
    return make("label", {}, input, said);
  }));
  const button = (words, act) => {
    const one = make("button", { type: "button" }, words);
    one.addEventListener("click", act);
    return one;
  };
  const table = (head, rows) => make("table", {}, make("thead", {}, make("tr", {}, ...head.map(words => make("th", { scope: "col" }, words)))),
    make("tbody", {}, ...rows.map(row => make("tr", {}, ...row.map((words, n) => n ? make("td", {}, words) : make("th", { scope: "row" }, words))))));
  // a bar from the middle: to the right above 0, to the left below
  const bar = (value, whole) => {
    const half = 50 * Math.min(1, Math.abs(value) / whole);
    const inside = make("i", { style: `width:${half}%;left:${value < 0 ? 50 - half : 50}%` });
    if (value < 0) inside.className = "against";
    return make("span", { className: "bar" }, inside);
  };
  const sum = values => values.reduce((a, b) => a + b, 0), mean = values => sum(values) / values.length;
  const signed = (x, digits = 3) => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(digits);
  const plain = (x, digits = 2) => (x < 0 ? "−" : "") + Math.abs(x).toFixed(digits);
  const largest = (values, n) => values.map((_, at) => at).sort((a, b) => values[b] - values[a] || a - b).slice(0, n);

  // a case: the score of every group of pieces, piece j is bit j
  const whole = shop => 2 ** shop.names.length - 1;
  const occlusion = (shop, there) => shop.names.map((_, j) => there & 1 << j ? shop.scores[there] - shop.scores[there & ~(1 << j)] : 0);
  const shapley = shop => {
    const m = shop.names.length, share = [1 / m];   // share[s] = 1 / (m · C(m − 1, s))
    for (let s = 1; s < m; s++) share.push(share[s - 1] * s / (m - s));
    const size = there => { let n = 0; for (; there; there &= there - 1) n++; return n; };
    return shop.names.map((_, j) => {
      let value = 0;
      for (let there = 0; there <= whole(shop); there++)
        if (!(there & 1 << j)) value += share[size(there)] * (shop.scores[there | 1 << j] - shop.scores[there]);
      return value;
    });
  };

  const plays = {
    // chapter 2: all factors turned together
    rotate(root, shop) {
      const state = { angle: 0, mirror: false };
      const picture = drawing(320, 320, "A dot for each product, its first factor from left to right, its second from bottom to top; an arrow for the customer.");
      const ends = make("div"), scores = make("div"), said = told("moved");
      const turned = ([x, y]) => {
        const a = state.angle * Math.PI / 180, c = Math.cos(a), s = Math.sin(a);
        return [c * x - s * y, (s * x + c * y) * (state.mirror ? -1 : 1)];
      };
      const predicted = (user, items) => shop.best.map((item, n) => shop.base[n] + user[0] * items[item][0] + user[1] * items[item][1]);
      const before = predicted(shop.user, shop.items);
      const far = Math.max(...shop.items.map(([x, y]) => Math.hypot(x, y)));
      const draw = () => {
        const items = shop.items.map(turned), user = turned(shop.user);
        const place = ([x, y]) => [160 + 145 * x / far, 160 - 145 * y / far];
        const order = items.map((_, n) => n).sort((a, b) => items[a][0] - items[b][0]);
        const low = order.slice(0, 3), high = order.slice(-3).reverse();
        const length = Math.hypot(...user) / far * 1.1;
        picture.replaceChildren(line(10, 160, 310, 160), line(160, 10, 160, 310),
          ...items.map((one, n) => dot(...place(one), low.includes(n) ? "low" : high.includes(n) ? "high" : "quiet", low.includes(n) || high.includes(n) ? 6 : 3)),
          line(160, 160, ...place(user.map(x => x / length)), "arrow"),
          write(310, 175, "factor 1", "end"), write(165, 18, "factor 2", "start"));
        ends.replaceChildren(table(["low end of factor 1", "high end of factor 1"], low.map((item, n) => [shop.titles[item], shop.titles[high[n]]])));
        const now = predicted(user, items);
        scores.replaceChildren(table(["product", "predicted stars"], shop.best.map((item, n) => [shop.titles[item], now[n].toFixed(4)])));
        said.textContent = `Turned by ${state.angle} degrees${state.mirror ? " and mirrored" : ""}, factor 1 runs from ${shop.titles[low[0]]} to ${shop.titles[high[0]]}. Largest change of a prediction: ${Math.max(...now.map((x, n) => Math.abs(x - before[n]))).toFixed(6)} stars.`;
        Object.assign(root.dataset, { ends: JSON.stringify([low, high]), scores: JSON.stringify(now) });
      };
      const mirror = make("input", { type: "checkbox" });
      mirror.addEventListener("change", () => { state.mirror = mirror.checked; draw(); });
      root.append(slider("Turn all factors, in degrees ", { min: 0, max: 359, value: 0 }, x => { state.angle = x; draw(); }),
        make("p", {}, make("label", {}, mirror, make("span", {}, "mirror them, too"))), said,
        make("div", { className: "beside" }, make("figure", {}, picture), make("div", {}, ends, scores)));
      draw();
    },

    // chapter 8: one cut over six pairs
    cut(root, { match, stars }) {
      const picture = drawing(480, 220, "Six dots, match from left to right, stars from bottom to top; an upright line for the cut, a level one for the mean of each side.");
      const said = told("left"), best = told("best");
      const spread = values => values.length ? sum(values.map(x => (x - mean(values)) ** 2)) : 0;
      const all = spread(stars) / stars.length;
      let least = all;
      const draw = at => {
        const left = stars.filter((_, n) => match[n] <= at), right = stars.filter((_, n) => match[n] > at);
        const rest = (spread(left) + spread(right)) / stars.length;
        const x = value => 30 + 95 * (value + 2), y = value => 215 - 65 * (value - 1.7);
        picture.replaceChildren(line(x(at), 5, x(at), 215, "cut"), ...match.map((value, n) => dot(x(value), y(stars[n]), "", 6)));
        if (left.length) picture.append(line(x(-2), y(mean(left)), x(at), y(mean(left)), "mean"));
        if (right.length) picture.append(line(x(at), y(mean(right)), x(2.4), y(mean(right)), "mean"));
        least = Math.min(least, rest);
        const side = (values, name) => values.length ? `${values.length} ${name}, mean ${mean(values).toFixed(2)}` : `none ${name}`;
        said.textContent = `Cut at ${plain(at, 1)}: ${side(left, "at or below")}; ${side(right, "above")}. Variance left within the sides: ${rest.toFixed(3)} of ${all.toFixed(3)}, so ${Math.round(100 * (1 - rest / all))} % is saved.`;
        best.textContent = `The least that you have found: ${least.toFixed(3)}.`;
        root.dataset.left = rest;
      };
      root.append(slider("Move the cut ", { min: -2, max: 2.4, step: 0.1, value: -2 }, draw), make("figure", {}, picture), said, best);
      draw(-2);
    },

    // chapter 9: evidence switched off, one piece after the other
    deletion(root, shop) {
      const m = shop.names.length, kinds = { shapley: "Shapley values", occlusion: "leave one out", sizes: "its sizes, without signs", random: "at random" };
      const alone = occlusion(shop, whole(shop));
      const claims = { shapley: shapley(shop), occlusion: alone, sizes: alone.map(Math.abs), random: alone.map((_, j) => Math.abs(Math.sin(12.9898 * (j + 3)) * 43758.5453) % 1) };
      const state = { gone: [], way: "shapley" };
      const order = () => largest(claims[state.way], m);
      const curve = gone => gone.reduce((so, j) => [...so, { there: so[so.length - 1].there & ~(1 << j) }], [{ there: whole(shop) }]).map(one => shop.scores[one.there]);
      const picture = drawing(480, 230, "The score against the number of pieces taken away; a thick line for what you took away, a thin one for the order of the explanation.");
      const said = told("score");
      const low = Math.min(...shop.scores), high = Math.max(...shop.scores);
      const place = (value, n) => [40 + 425 * n / m, 205 - 190 * (value - low) / (high - low)];
      const pieces = boxes("Evidence that is there: take away what you like", shop.names, (j, there) => {
        state.gone = there ? state.gone.filter(n => n !== j) : [...state.gone, j];
        draw();
      });
      const draw = () => {
        const mine = curve(state.gone), theirs = curve(order()), empty = shop.scores[0];
        pieces.querySelectorAll("input").forEach((input, j) => {
          input.checked = !state.gone.includes(j);
          input.nextSibling.textContent = `${shop.names[j]} (${signed(claims[state.way][j], 2)})`;
        });
        picture.replaceChildren(line(40, 205, 470, 205), line(40, 10, 40, 205), line(...place(empty, 0), ...place(empty, m), "mean"),
          write(465, place(empty, 0)[1] - 5, "score without any evidence", "end"), write(255, 225, "pieces taken away"),
          ...[low, high].map(value => write(36, place(value, 0)[1] + 4, plain(value, 1), "end")),
          path(theirs.map(place), "theirs"), path(mine.map(place), "mine"), ...mine.map((value, n) => dot(...place(value, n), "high")));
        const now = mine[mine.length - 1], last = state.gone[state.gone.length - 1];
        said.textContent = `${state.gone.length ? `Without ${state.gone.length} of ${m}, the last ${shop.names[last]}` : `All ${m} pieces there`}: ${plain(now)} stars, ${signed(now - shop.scores[whole(shop)], 2)} from the whole score, ${signed(now - empty, 2)} from the empty one.`;
        Object.assign(root.dataset, { curve: JSON.stringify(mine), claims: JSON.stringify(claims[state.way]) });
      };
      const next = button("Take away its next strongest claim", () => {
        const j = order().find(n => !state.gone.includes(n));
        if (j !== undefined) { state.gone.push(j); draw(); }
      });
      root.append(make("p", {}, `Why does ${shop.user} get the ${shop.item}?`), choice("Whose claims stand in brackets", kinds, way => { state.way = way; draw(); }),
        pieces, make("p", {}, next, button("Put everything back", () => { state.gone = []; draw(); })), said, make("figure", {}, picture));
      draw();
    },

    // chapter 10: where a model looked, and what its score loses
    attention(root, shop) {
      let there = whole(shop);
      const m = shop.names.length, said = told("said"), rows = make("tbody"), box = make("div");
      const name = j => `${shop.names[j]} (${shop.stars[j]} stars)`;
      // shares are made among those who are there, head by head, as in section 2
      const looked = () => {
        const heads = shop.looked.map(head => {
          const left = head.map((share, j) => j === m || there & 1 << j ? share : 0);
          return left.map(share => share / sum(left));
        });
        return shop.names.map((_, j) => mean(heads.map(head => head[j])));
      };
      const pieces = boxes("Ratings that are there: take away what you like", shop.names.map((_, j) => name(j)), (j, is) => { there = is ? there | 1 << j : there & ~(1 << j); draw(); });
      const draw = () => {
        const looks = looked(), falls = occlusion(shop, there), here = shop.names.map((_, j) => j).filter(j => there & 1 << j);
        const sorted = [...here].sort((a, b) => looks[b] - looks[a]);
        box.replaceChildren(table(["rating", "looked at", "score falls without it by"], sorted.map(j => {
          const cell = (words, value, far) => { const all = document.createDocumentFragment(); all.append(words, bar(value, far)); return all; };
          return [name(j), cell(looks[j].toFixed(3), looks[j], 0.5), cell(signed(falls[j]), falls[j], 0.3)];
        })));
        const most = sorted[0], verdict = most === undefined ? "No rating is left: the score says nothing about this customer."
          : `It looked most at ${name(most)}. Without that rating the score would ${falls[most] < 0 ? "rise" : "fall"} by ${Math.abs(falls[most]).toFixed(3)}: it speaks ${falls[most] < 0 ? "against" : "for"} the ${shop.item}.`;
        said.textContent = `${shop.scores[there].toFixed(2)} stars predicted. ${verdict}`;
        Object.assign(root.dataset, { looks: JSON.stringify(looks), falls: JSON.stringify(falls), score: shop.scores[there] });
      };
      root.append(make("p", {}, `Customer ${shop.user} is recommended the ${shop.item}.`), pieces, said, box);
      draw();
    },

    // chapter 7: twenty sentences, marked before their writers are known
    marks(root, lines) {
      const mine = lines.map(() => null), metrics = { supported: "every claim supported", heard: "a judgement is heard", own: "names the customer's own aspect", ends: "does not break off", fresh: "not copied from training" };
      let at = 0;
      const where = make("p", {}), text = make("p", { className: "said" }), marked = told("marked"), result = make("div", { tabIndex: -1 });
      const words = mark => mark === null ? "–" : mark ? "yes" : "no";
      const open = () => {
        where.textContent = `Sentence ${at + 1} of ${lines.length}, about the ${lines[at].item}`;
        text.textContent = `“${lines[at].text}”`;
        const n = mine.filter(mark => mark !== null).length;
        marked.textContent = mine[at] === null ? `${n} marked.` : `${n} marked; this one: ${mine[at] ? "show it" : "do not"}.`;
        reveal.disabled = n < 5;
        root.dataset.at = at;
      };
      const mark = yes => { mine[at] = yes; result.replaceChildren(); if (at < lines.length - 1) at++; open(); };
      const go = step => { at = Math.max(0, Math.min(lines.length - 1, at + step)); open(); };
      const show = () => {
        const done = lines.map((one, n) => ({ ...one, mine: mine[n] })).filter(one => one.mine !== null);
        const agree = (judged, say) => `${judged.filter(one => say(one) === one.mine).length} of ${judged.length}`;
        const rows = Object.entries(metrics).map(([key, said]) => [said, agree(done.filter(one => one[key] !== null), one => one[key])]);
        rows.push(["whoever always says yes", agree(done, () => true)]);
        const writers = [...new Set(lines.map(one => one.writer))].sort().map(who => {
          const of = done.filter(one => one.writer === who);
          return [who, `${of.filter(one => one.mine).length} of ${of.length}`, of.length ? mean(of.map(one => one.rouge1)).toFixed(1) : "–"];
        });
        const kept = [true, false].map(yes => done.filter(one => one.mine === yes).map(one => one.rouge1));
        const rouge = kept.every(one => one.length) ? `ROUGE-1 gives those that you would show ${mean(kept[0]).toFixed(1)}, and the others ${mean(kept[1]).toFixed(1)}.` : "";
        result.replaceChildren(make("p", {}, "How often each mark agrees with yours:"), table(["mark", "agrees"], rows),
          make("p", {}, `Whose sentences would you show? ${rouge}`), table(["writer", "you would show", "mean ROUGE-1"], writers),
          make("details", {}, make("summary", {}, "Sentence by sentence"), table(["sentence", "writer", "you", ...Object.keys(metrics), "ROUGE-1"],
            done.map(one => [one.text, one.writer, words(one.mine), ...Object.keys(metrics).map(key => words(one[key])), one.rouge1.toFixed(1)]))));
        root.dataset.agree = JSON.stringify(rows);
        result.focus();
      };
      const reveal = button("See the other marks", show);
      root.append(where, text, make("p", {}, button("I would show it to a customer", () => mark(true)), button("I would not", () => mark(false))),
        make("p", {}, button("Back", () => go(-1)), button("Next", () => go(1)), reveal), marked, result);
      text.setAttribute("aria-live", "polite");
      open();
    },
  };

  document.querySelectorAll("section.play").forEach(root => {
    const shop = JSON.parse(root.querySelector("script").textContent);
    root.classList.add("ready");
    plays[root.dataset.name](root, shop);
  });
});
