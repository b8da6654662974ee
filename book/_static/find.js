// Below each page that the search found, the sections that hold what was asked for (sections.js, made with the pages).
addEventListener("DOMContentLoaded", () => {
  const results = document.getElementById("search-results");
  if (!results) return;
  const asked = (new URLSearchParams(location.search).get("q") || "").toLowerCase().match(/[^\W\d_]{2,}/gu) || [];
  const holds = (words, stem) => words.includes(" " + stem);
  const stems = asked.map(word => word.length > 5 ? word.slice(0, -2) : word);   // roughly: endings do not count
  const most = 3;
  const add = item => {
    const link = item.querySelector("a");
    if (!link || item.dataset.looked || link.hash) return;
    item.dataset.looked = "yes";
    const name = decodeURI(link.pathname).replace(/\.html$/, "");
    const page = Object.keys(SECTIONS).find(one => name.endsWith("/" + one));
    if (!page) return;
    // sections that hold all that was asked for, or, where none does, most of it; those named after it first
    const count = ([title, , words]) => stems.filter(stem => holds(` ${words} ${title.toLowerCase()}`, stem)).length;
    const inTitle = ([title]) => stems.filter(stem => holds(` ${title.toLowerCase()}`, stem)).length;
    const fullest = Math.max(0, ...SECTIONS[page].map(count));
    const there = 2 * fullest > stems.length ? SECTIONS[page].filter(one => count(one) === fullest) : [];
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
  };
  new MutationObserver(() => results.querySelectorAll("ul.search > li").forEach(add)).observe(results, { childList: true, subtree: true });
});
