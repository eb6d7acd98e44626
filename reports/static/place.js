// Puts bars, dots and marks where they belong. The pages' security policy allows no style attribute, so
// that nothing said in a call can be one; what a script sets through the object model it does allow.
(() => {
  "use strict";
  for (const mark of document.querySelectorAll("[data-left], [data-width]")) {
    const { left, width } = mark.dataset;
    if (left !== undefined) mark.style.left = `${Number(left)}%`;
    if (width !== undefined) mark.style.width = `${Number(width)}%`;
  }
})();
