/** Files that the visitor brings, and files that the page hands over. */

/**
 * A button that asks for a file.
 * @param {HTMLButtonElement} button
 * @param {HTMLInputElement} input of type file, which the button stands for
 * @param {(files: FileList) => void} take
 */
export function askFor(button, input, take) {
  button.disabled = false;
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files?.length) take(input.files);
    // So that the same file can be chosen again.
    input.value = "";
  });
}

/** Has the browser keep a file. @param {Blob} file @param {string} name */
export function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
