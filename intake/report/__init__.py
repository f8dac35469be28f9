"""The consultation report: HTML, PDF and XLSX made of the same facts in the same words."""
