/* Gives every slide the largest letters at which its body fits, measured here.
   Lines are kept whole; what would be tiny then is broken instead. */
const SIZES = [38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18, 17, 16];

function fit(slide) {
  const body = slide.querySelector(".body");
  const fits = size => {
    slide.style.setProperty("--size", `${size}px`);
    return body.scrollHeight <= body.clientHeight
      && body.scrollWidth <= body.clientWidth;
  };
  const lines = body.innerText.trim().split("\n").length;
  const [tiny, large] = lines > 3 ? [20, 26] : [26, 32];
  const least = body.querySelector("pre.code") ? SIZES.at(-1) : tiny;
  slide.classList.add("whole");
  if (SIZES.some(size => size >= least && fits(size))) return;
  slide.classList.remove("whole");
  if (SIZES.some(size => size <= large && fits(size))) return;
  slide.classList.add("full");
}

document.body.classList.add("measuring"); // none is hidden
document.querySelectorAll(".slide").forEach(fit);
document.body.classList.remove("measuring");
