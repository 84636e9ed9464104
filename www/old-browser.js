// A classic script, run only by browsers that know no modules: main.js never starts there.
/** @type {HTMLElement} */ (document.getElementById("old-browser")).hidden = false;
