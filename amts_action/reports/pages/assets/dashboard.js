"use strict";
(() => {
  const table = document.getElementById("documents");
  if (!table) return;
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column], number = cell.dataset.n;
    return number === undefined ? cell.textContent.trim() : number === "" ? null : Number(number);
  };
  const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button")?.addEventListener("click", () => {
    const first = head.classList.contains("n") ? "descending" : "ascending"; // of numbers, the largest are looked for
    const other = first === "ascending" ? "descending" : "ascending";
    const wanted = head.getAttribute("aria-sort") === first ? other : first;
    const sign = wanted === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    // What is not known comes last, either way.
    rows.sort(([a], [b]) => a === null || b === null ? (a === null) - (b === null) : sign * order(a, b));
    body.append(...rows.map(([, row]) => row));
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", wanted);
  }));
  document.documentElement.dataset.ready = "true";
})();
