<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>{{ page.title }} · {{ shop.name }}</title>
  <meta name="description" content="{{ page.description | truncate: 140 }}">
  <link rel="canonical" href="{{ shop.url }}/{{ page.title | slug }}">
</head>
<body class="{{ page.kind }}">
{% include 'header' %}
<main>
{% if page.kind == 'product' %}{% include 'product' %}{% else %}{% include 'collection' %}{% endif %}
</main>
{% include 'footer' %}
</body>
</html>
