"""What runs in a report: figures are drawn for the reader's width and light, and drawn again when these change."""

from __future__ import annotations

SCRIPT = r"""
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)"), narrow = matchMedia("(max-width: 899px)");
  const press = matchMedia("print");
  let printing = false;
  const changed = (old, by) => {
    if (Array.isArray(by)) return by[0];
    const out = Array.isArray(old) ? [...old] : {...old};
    for (const key of Object.keys(by)) out[key] = changed(old[key], by[key]);
    return out;
  };
  const spec = (figure, kind) => kind === "light" ? figure.light : changed(figure.light, figure[kind]);
  const draw = () => {
    const paper = printing || press.matches;
    const small = narrow.matches && !paper, light = paper || !dark.matches;
    const kind = (light ? "light" : "dark") + (small ? " narrow" : "");
    for (const box of document.querySelectorAll("[data-figure]")) {
      const {data, layout} = spec(figures[box.dataset.figure], kind);
      box.style.minHeight = layout.height + "px";
      Plotly.react(box, data, {...layout, width: small ? box.clientWidth : 820},
        {displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false});
    }
  };
  let width = innerWidth;
  for (const query of [dark, narrow, press]) query.addEventListener("change", draw);
  addEventListener("resize", () => { if (narrow.matches && innerWidth !== width) { width = innerWidth; draw(); } });
  addEventListener("beforeprint", () => { printing = true; draw(); });
  addEventListener("afterprint", () => { printing = false; draw(); });
  document.getElementById("print").addEventListener("click", () => print());
  draw();
})();
"""
