<section>
  <h1>{{ page.title }}</h1>
  <p>{{ page.description }}</p>
  <ol class="grid">
    {% for product in page.products %}<li>{% include 'card' %}</li>
    {% endfor %}
  </ol>
</section>
