// Below each page that the search found, the sections that hold what was asked for (sections.js, made with the pages).
addEventListener("DOMContentLoaded", () => {
  const results = document.getElementById("search-results");
  if (!results) return;
  const asked = (new URLSearchParams(location.search).get("q") || "").toLowerCase().match(/[^\W\d_]{2,}/gu) || [];
  const empty = new Set(typeof stopwords === "undefined" ? [] : stopwords);   // "the" and its like are in no list
  const holds = (words, stem) => words.includes(" " + stem);
  const stems = asked.filter(word => !empty.has(word)).map(word => word.length > 5 ? word.slice(0, -2) : word);   // roughly: endings do not count
  const most = 3;
  const add = item => {
    const link = item.querySelector("a");
    if (!link || item.dataset.looked || link.hash) return;
    item.dataset.looked = "yes";
    const name = decodeURI(link.pathname).replace(/\.html$/, "");
    const page = Object.keys(SECTIONS).find(one => name.endsWith("/" + one));
    if (!page) return;
    const [sections, words] = SECTIONS[page];   // words: each once, followed by the numbers of its sections
    const where = stems.map(stem => {
      const found = words.matchAll(new RegExp(`(?:^| )${stem}\\p{L}*([\\d.]+)`, "gu"));
      return new Set([...found].flatMap(([, at]) => at.split(".").map(Number)));
    });
    // sections that hold all that was asked for, or, where none does, most of it; those named after it first
    const named = ([title]) => stem => holds(` ${title.toLowerCase()}`, stem);
    const inTitle = one => stems.filter(named(one)).length;
    const counts = sections.map((one, n) => stems.filter((stem, at) => where[at].has(n) || named(one)(stem)).length);
    const fullest = Math.max(0, ...counts);
    const there = 2 * fullest > stems.length ? sections.filter((_, n) => counts[n] === fullest) : [];
    there.sort((a, b) => inTitle(b) - inTitle(a));
    if (!there.length) return;
    const list = document.createElement("ul");
    list.className = "sections";
    there.slice(0, most).forEach(([title, anchor]) => {
      const one = document.createElement("li"), to = document.createElement("a");
      to.href = `${link.href.split(/[?#]/)[0]}#${anchor}`;
      to.textContent = title;
      one.append(to);
      list.append(one);
    });
    item.append(list);
    if (stems.length > 1 && inTitle(there[0]) === stems.length) {   // it bears the name that was asked for: to the top
      item.classList.add("named");
      item.parentElement.insertBefore(item, item.parentElement.querySelector(":scope > li:not(.named)"));
    }
  };
  new MutationObserver(() => results.querySelectorAll("ul.search > li").forEach(add)).observe(results, { childList: true, subtree: true });
});
