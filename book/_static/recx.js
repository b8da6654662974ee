// What scrolls in its own box can be reached by keyboard, and only what scrolls is a stop for the Tab key.
// (The theme does so for code and for its own tables, not for formulas, printed tables and their like.)
// And what is printed is unfolded.
(() => {
  const boxes = ".bd-article table, .bd-article mjx-container[display=true], .bd-article .cell_output, .bd-article .drawn, " +
    ".play figure";
  const ours = new WeakSet();
  const mark = () => document.querySelectorAll(boxes).forEach(box => {
    const scrolls = box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX);
    if (scrolls && !box.hasAttribute("tabindex")) {
      box.tabIndex = 0;
      ours.add(box);
    } else if (!scrolls && ours.has(box)) {
      box.removeAttribute("tabindex");
      ours.delete(box);
    }
  });
  let later;
  addEventListener("load", mark);
  addEventListener("toggle", mark, true);
  const folds = () => document.querySelectorAll("details:not([open])");
  let opened = [];   // paper has no folds: all are open while a page is printed
  addEventListener("beforeprint", () => { opened = [...folds()]; opened.forEach(fold => { fold.open = true; }); });
  addEventListener("afterprint", () => opened.forEach(fold => { fold.open = false; }));
  addEventListener("resize", () => { clearTimeout(later); later = setTimeout(mark, 50); });
})();
