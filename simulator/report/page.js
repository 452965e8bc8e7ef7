"use strict";
// Without this script everything can be read and unfolded; with it frames can be searched, and links to frames unfold them.
const frames = Array.from(document.querySelectorAll(".frame"));
const search = document.getElementById("search");
const calm = document.getElementById("calm");

function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  for (let one = target; one; one = one.parentElement) {
    if (one.tagName === "DETAILS") one.open = true;
    one.classList.remove("away");
  }
  if (target && target.classList.contains("delta")) calm.checked = false;
  quieten();
  if (target) target.scrollIntoView();
}

function quieten() {
  document.body.classList.toggle("calm", calm.checked);
}

function sift() {
  const wanted = search.value.toLowerCase();
  for (const frame of frames) frame.classList.toggle("away", wanted !== "" && !frame.textContent.toLowerCase().includes(wanted));
}

document.getElementById("tools").hidden = false;
search.addEventListener("input", sift);
calm.addEventListener("change", quieten);
window.addEventListener("hashchange", unfold);
unfold();
