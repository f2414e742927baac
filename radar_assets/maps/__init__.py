"""Maps: rasters, palettes, and the PNG, GeoTIFF and quicklook encoders."""
