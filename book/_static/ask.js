// "Ask the shop why": adds up what the library measured (book/ask.json, written by tools/ask.py). No framework, nothing from outside.
addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector(".ask");
  if (!root) return;
  const shop = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const at = name => root.querySelector(`[data-ask="${name}"]`);
  const state = { person: 0, gone: new Set(), way: "exact", shown: false };
  const person = () => shop.people[state.person];
  const kept = () => person().history.map((item, n) => n).filter(n => !state.gone.has(n));
  // the score of every product: a sum over what is left of the history
  const scores = rows => shop.titles.map((_, item) => rows.reduce((sum, n) => sum + person().worth[n][item], 0) * shop.unit);
  const best = (rows, n) => {
    const own = new Set(person().history), all = scores(rows);
    return all.map((score, item) => ({ item, score })).filter(one => !own.has(one.item))
      .sort((a, b) => b.score - a.score || a.item - b.item).slice(0, n);
  };
  // each way of citing gives a number to each product that is left; the two largest are cited
  const chance = n => Math.abs(Math.sin(1 + 12.9898 * n + 78.233 * state.person) * 43758.5453) % 1;
  const ways = {
    exact: (n, item) => person().worth[n][item],
    kind: (n, item) => 1000 * (shop.kinds[person().history[n]] === shop.kinds[item]) + shop.reviews[person().history[n]] / 1000,
    popular: n => shop.reviews[person().history[n]],
    random: n => chance(n),
    path: (n, item) => person().together[n][item],
  };
  const cited = (rows, item) => [...rows].sort((a, b) => ways[state.way](b, item) - ways[state.way](a, item) || a - b).slice(0, 2);
  // the fewest products without which another would stand first: each adds a gap to the lead over a rival, so sort (chapter 14)
  const smallest = (rows, first) => {
    const own = new Set(person().history), all = scores(rows);
    let found = null;
    all.forEach((score, rival) => {
      if (own.has(rival) || rival === first) return;
      const gap = n => (person().worth[n][first] - person().worth[n][rival]) * shop.unit;
      const order = [...rows].sort((a, b) => gap(b) - gap(a) || a - b);
      let left = all[first] - score, least = left, size = 0;
      order.forEach((n, place) => { left -= gap(n); least = Math.min(least, left); if (!size && left < -1e-9) size = place + 1; });
      if (size && (!found || size < found.gone.length || (size === found.gone.length && least < found.least)))
        found = { gone: order.slice(0, size), least };
    });
    if (found) [found.instead] = best(rows.filter(n => !found.gone.includes(n)), 1);
    return found;
  };
  const title = n => shop.titles[person().history[n]];
  const signed = x => (x < 0 ? "−" : "") + Math.abs(x).toFixed(3);

  function bar(name, fall, whole) {
    const box = at(name), share = Math.max(0, Math.min(1, fall / whole));
    box.querySelector("i").style.width = `${100 * share}%`;
    box.querySelector("b").textContent = signed(fall);
    box.dataset.value = fall;
  }

  function draw() {
    const rows = kept();
    root.querySelectorAll(".history input").forEach((input, n) => { input.checked = !state.gone.has(n); });
    const empty = rows.length < 3;
    at("few").hidden = !empty;
    at("answer").hidden = empty;
    if (empty) return;
    const list = best(rows, 5), first = list[0];
    const names = cited(rows, first.item);
    root.querySelectorAll(".history li").forEach((li, n) => li.classList.toggle("cited", names.includes(n)));
    const by = n => `${person().together[n][first.item]} customers who chose the ${title(n)}`;
    at("sentence").textContent = state.way === "path"
      ? `We suggest the ${shop.titles[first.item]}: ${by(names[0])}, and ${by(names[1])}, chose it too.`
      : `We suggest the ${shop.titles[first.item]}, because you chose the ${title(names[0])} and the ${title(names[1])}.`;
    state.swap = smallest(rows, first.item);
    at("whatif").textContent = state.swap
      ? `Without the ${state.swap.gone.map(title).join(" and the ")}, you would see the ${shop.titles[state.swap.instead.item]} instead.`
      : "No other product would come first, whatever you struck out.";
    at("whatif").dataset.gone = state.swap ? state.swap.gone.join(" ") : "";
    at("swap").disabled = !state.swap;
    at("list").replaceChildren(...list.map(one => {
      const li = document.createElement("li");
      li.textContent = `${shop.titles[one.item]} (${one.score.toFixed(3)})`;
      li.dataset.item = one.item;
      li.dataset.score = one.score;
      return li;
    }));
    // the trial: the fall of the score without what is cited, and on average without two at random
    const without = rows.filter(n => !names.includes(n));
    const fall = first.score - scores(without)[first.item];
    const random = 2 * first.score / rows.length;
    bar("fall", fall, Math.max(first.score, 1e-9));
    bar("chance", random, Math.max(first.score, 1e-9));
    const next = best(without, 1)[0];
    const stays = next.item === first.item;
    at("verdict").textContent = (fall > 1.2 * random ? "The score falls farther than without two at random on average: the model did use what the sentence cites."
      : "The score falls hardly farther than without two at random on average, or not at all: the sentence is not true of the model.")
      + (stays ? " Without them, it would stand first all the same." : ` Without them, the ${shop.titles[next.item]} would stand first.`);
    const [aspect, stars] = person().true[first.item];
    at("truth").textContent = state.shown
      ? `In truth ${aspect} moves ${person().name}'s rating of the ${shop.titles[first.item]} most: by ${stars < 0 ? "−" : "+"}${Math.abs(stars).toFixed(2)} stars. The model has never seen this; it knows who chose what, and nothing else.` : "";
    at("reveal").setAttribute("aria-expanded", state.shown);
  }

  function choose(number) {
    Object.assign(state, { person: number, gone: new Set(), shown: false });
    at("history").replaceChildren(...person().history.map((item, n) => {
      const li = document.createElement("li"), label = document.createElement("label"), input = document.createElement("input");
      input.type = "checkbox";
      input.addEventListener("change", () => { input.checked ? state.gone.delete(n) : state.gone.add(n); draw(); });
      const words = document.createElement("span");
      words.textContent = shop.titles[item];
      label.append(input, words);
      li.append(label);
      return li;
    }));
    draw();
  }

  shop.people.forEach((one, n) => at("person").append(new Option(`${one.name}, ${one.history.length} products`, n)));
  at("person").addEventListener("change", event => choose(+event.target.value));
  root.querySelectorAll("input[name=way]").forEach(input => input.addEventListener("change", () => { state.way = input.value; draw(); }));
  at("reveal").addEventListener("click", () => { state.shown = !state.shown; draw(); });
  at("swap").addEventListener("click", () => { state.swap.gone.forEach(n => state.gone.add(n)); draw(); });
  at("again").addEventListener("click", () => choose(state.person));
  root.classList.add("ready");
  choose(0);
});
